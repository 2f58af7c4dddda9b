// Package chroma is the first version of Chroma by its second, which the Pulumi CLI has too: the first takes 10 s to
// compile, because its lexers are code.
package chroma

import "github.com/alecthomas/chroma/v2"

type (
	Style        = chroma.Style
	StyleEntries = chroma.StyleEntries
)

func MustNewStyle(name string, entries StyleEntries) *Style {
	return chroma.MustNewStyle(name, entries)
}

const (
	Background          = chroma.Background
	Comment             = chroma.Comment
	CommentPreproc      = chroma.CommentPreproc
	Error               = chroma.Error
	GenericDeleted      = chroma.GenericDeleted
	GenericEmph         = chroma.GenericEmph
	GenericInserted     = chroma.GenericInserted
	GenericStrong       = chroma.GenericStrong
	GenericSubheading   = chroma.GenericSubheading
	Keyword             = chroma.Keyword
	KeywordNamespace    = chroma.KeywordNamespace
	KeywordReserved     = chroma.KeywordReserved
	KeywordType         = chroma.KeywordType
	Literal             = chroma.Literal
	LiteralDate         = chroma.LiteralDate
	LiteralNumber       = chroma.LiteralNumber
	LiteralString       = chroma.LiteralString
	LiteralStringEscape = chroma.LiteralStringEscape
	Name                = chroma.Name
	NameAttribute       = chroma.NameAttribute
	NameBuiltin         = chroma.NameBuiltin
	NameClass           = chroma.NameClass
	NameConstant        = chroma.NameConstant
	NameDecorator       = chroma.NameDecorator
	NameException       = chroma.NameException
	NameFunction        = chroma.NameFunction
	NameOther           = chroma.NameOther
	NameTag             = chroma.NameTag
	Operator            = chroma.Operator
	Punctuation         = chroma.Punctuation
	Text                = chroma.Text
)

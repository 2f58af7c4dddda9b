// Package quick highlights by Chroma's second version.
package quick

import (
	"io"

	"github.com/alecthomas/chroma/v2/quick"
)

func Highlight(w io.Writer, source, lexer, formatter, style string) error {
	return quick.Highlight(w, source, lexer, formatter, style)
}

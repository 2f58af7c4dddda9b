// Package styles has the styles of Chroma's second version.
package styles

import (
	"github.com/alecthomas/chroma/v2"
	"github.com/alecthomas/chroma/v2/styles"
)

var Registry = styles.Registry

func Register(style *chroma.Style) *chroma.Style { return styles.Register(style) }

package seed

import (
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/mediatype"
)

// contentType goes by the file's extension, as an upload that names no type does.
// Files of text are taken for UTF-8.
func contentType(name string) string {
	kind := mediatype.OfKey(name)
	switch {
	case kind == "":
		return mediatype.Default
	case strings.HasPrefix(kind, "text/"):
		return kind + "; charset=utf-8"
	}
	return kind
}

package seed

import (
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/mediatype"
)

// contentType returns the type for the file's extension, as for an upload without a type. Text
// files are UTF-8.
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

package form

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// Header returns the fields that describe the object, as the headers of an ordinary upload:
// Cache-Control, Content-Type, Content-Disposition, Content-Encoding, Expires, `acl` as x-cos-acl,
// and the x-cos-* fields. The token is not included, nor is a field x-cos-acl, which does not
// exist. Empty fields are ignored, since Mini Programs always send a Content-Type.
//
// A field may be impossible as a header: its value has a line break, or its name has a space. Such
// a field is InvalidArgument (choice 157).
func (f *Form) Header() (http.Header, *coserr.Error) {
	h := make(http.Header)
	for i, field := range f.Fields {
		lower := strings.ToLower(field.Name)
		name, ok := headerName(lower)
		if !ok || field.Value == "" || f.index[lower] != i { // only the first field with a name counts
			continue
		}
		if !isToken(name) || strings.ContainsFunc(field.Value, isControl) {
			return nil, coserr.New(coserr.InvalidArgument).
				WithMessage("A form field has a name or a value that cannot be a header.")
		}
		h[http.CanonicalHeaderKey(name)] = []string{field.Value}
	}
	return h, nil
}

// headerName returns the header for a field, whose name is in lower case, and false for a field
// that does not describe the object.
func headerName(field string) (string, bool) {
	switch field {
	case "acl":
		return "x-cos-acl", true
	case "cache-control", "content-type", "content-disposition", "content-encoding", "expires", "pic-operations":
		return field, true
	case "x-cos-security-token", "x-cos-acl":
		return "", false
	}
	return field, strings.HasPrefix(field, "x-cos-")
}

// isToken reports whether a name is valid for a header (RFC 9110, section 5.6.2).
func isToken(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// isControl reports whether a character is not allowed in a header value. A tab is.
func isControl(r rune) bool { return (r < ' ' && r != '\t') || r == 0x7f }

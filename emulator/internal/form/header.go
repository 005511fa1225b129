package form

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
)

// Header gives the fields that say something about the object as the headers
// that an ordinary upload would say it with, so that one piece of code reads
// both: Cache-Control, Content-Type, Content-Disposition, Content-Encoding,
// Expires, `acl` as x-cos-acl, and the x-cos-* fields. The token is not among
// them, nor is a field named x-cos-acl, which does not exist. An empty field is
// as good as none: the Mini Program always sends a Content-Type.
//
// A form can hold what no header line can, a line break or a name with a blank.
// Such a field is InvalidArgument (choice 157).
func (f *Form) Header() (http.Header, *coserr.Error) {
	h := make(http.Header)
	for i, field := range f.Fields {
		lower := strings.ToLower(field.Name)
		name, ok := headerName(lower)
		if !ok || field.Value == "" || f.index[lower] != i { // the first of a name counts
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

// headerName translates the name of a field, in lower case; false: the field is
// about something else.
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

// isToken knows what a header name may be (RFC 9110, section 5.6.2).
func isToken(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// isControl tells what a header value cannot hold; a tab it can.
func isControl(r rune) bool { return (r < ' ' && r != '\t') || r == 0x7f }

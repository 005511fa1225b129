package form

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/coserr"
	"github.com/cosemu/cosemu/emulator/internal/dialect"
)

// Header returns the fields that describe the object, as the headers of an ordinary upload:
// Cache-Control, Content-Type, Content-Disposition, Content-Encoding, Expires, `acl` as x-cos-acl,
// and the x-cos-* fields. The token is not included, nor is a field x-cos-acl, which does not
// exist. Empty fields are ignored, since Mini Programs always send a Content-Type.
//
// In a form that is signed the AWS way, an x-amz-* field counts as its x-cos-* twin. Two that
// disagree are refused, as a condition of the policy may name either (choice 715).
//
// A field may be impossible as a header: its value has a line break, or its name has a space. Such
// a field is InvalidArgument (choice 157).
func (f *Form) Header() (http.Header, *coserr.Error) {
	h := make(http.Header)
	names := []func(string) (string, bool){headerName}
	if f.byAWS() {
		names = append(names, twinName)
	}
	for _, nameOf := range names {
		for i, field := range f.Fields {
			lower := strings.ToLower(field.Name)
			name, ok := nameOf(lower)
			if !ok || field.Value == "" || f.index[lower] != i { // only the first field with a name counts
				continue
			}
			if !isToken(name) || strings.ContainsFunc(field.Value, isControl) {
				return nil, coserr.New(coserr.InvalidArgument).
					WithMessage("A form field has a name or a value that cannot be a header.")
			}
			name = http.CanonicalHeaderKey(name)
			if other := h[name]; len(other) > 0 && other[0] != field.Value {
				return nil, coserr.New(coserr.InvalidArgument).
					WithMessage("The form fields " + strings.ToLower(name) + " and " + lower + " have different values.")
			}
			h[name] = []string{field.Value}
		}
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

// byAWS reports whether the form is signed the AWS way, and that alone.
func (f *Form) byAWS() bool {
	has := func(name string) bool {
		_, ok := f.Lookup(name)
		return ok
	}
	return (has("x-amz-signature") || has("awsaccesskeyid")) && !has(fieldAK) && !has(fieldQSig)
}

// twinName returns the header for an x-amz-* field, whose name is in lower case. The ACL of a form
// is its field acl.
func twinName(field string) (string, bool) {
	name, ok := dialect.Name(http.CanonicalHeaderKey(field))
	return name, ok && name != "X-Cos-Acl"
}

// isToken reports whether a name is valid for a header (RFC 9110, section 5.6.2).
func isToken(name string) bool {
	return !strings.ContainsFunc(name, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`"(),/:;<=>?@[\]{}`, r)
	})
}

// isControl reports whether a character is not allowed in a header value. A tab is.
func isControl(r rune) bool { return (r < ' ' && r != '\t') || r == 0x7f }

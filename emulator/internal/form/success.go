package form

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/signer"
)

// Success is the answer to a stored form. It has no body.
type Success struct {
	// Status is 200, 201, 204 or 303.
	Status int
	// Location is the header Location.
	Location string
}

// Success returns the answer for an object. bucket has the APPID; etag has no quotes.
//
// With success_action_redirect the answer is 303 to that address, with bucket, key and ETag
// appended. An address that is not http or https is ignored (choice 155).
//
// Else the status is success_action_status, or 204 where that is not 200, 201 or 204 (choice 155).
// Location is the address of the object, with http even for a request over TLS (COS docs: POST
// Object, samples) and with the key percent-encoded as in a URL (choice 156).
func (f *Form) Success(bucket, host, etag string) Success {
	if to := f.Get(fieldRedirect); isRedirect(to) {
		join := "?"
		if strings.Contains(to, "?") {
			join = "&"
		}
		return Success{http.StatusSeeOther, to + join + "bucket=" + signer.Encode(bucket) +
			"&key=" + signer.Encode(f.Key) + "&etag=%22" + signer.Encode(etag) + "%22"}
	}
	return Success{f.status(), "http://" + host + "/" + signer.EncodePath(f.Key)}
}

func (f *Form) status() int {
	switch f.Get(fieldStatus) {
	case "200":
		return http.StatusOK
	case "201":
		return http.StatusCreated
	}
	return http.StatusNoContent
}

// isRedirect reports whether a text is an http or https address that fits in a header line.
func isRedirect(to string) bool {
	scheme, rest, ok := strings.Cut(to, "://")
	if !ok || rest == "" || (!strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https")) {
		return false
	}
	return !strings.ContainsFunc(to, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

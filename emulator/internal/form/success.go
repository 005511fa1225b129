package form

import (
	"net/http"
	"strings"

	"github.com/cosemu/cosemu/signer"
)

// Success is the answer to a form that was stored. It has no body.
type Success struct {
	// Status is 200, 201, 204 or 303.
	Status int
	// Location is the header of that name.
	Location string
}

// Success gives the answer for an object that lies in a bucket, named with its
// APPID, under a host, with an ETag, given without its quotes.
//
// With success_action_redirect it is 303 to that address, with bucket, key and
// ETag appended to its very end; one that is no http or https address is as if
// it was not there (choice 155). Else it is the success_action_status, 204 when
// that is none of the three (choice 155), and the object's address, http even
// where the request came over TLS (COS docs: POST Object, samples), the key
// percent-encoded as in a URL (choice 156).
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

// isRedirect also keeps what would break the header line out of it.
func isRedirect(to string) bool {
	scheme, rest, ok := strings.Cut(to, "://")
	if !ok || rest == "" || (!strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https")) {
		return false
	}
	return !strings.ContainsFunc(to, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

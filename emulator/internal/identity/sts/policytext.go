package sts

import (
	"errors"
	"net/url"
	"strings"

	"github.com/cosemu/cosemu/emulator/internal/chars"
	"github.com/cosemu/cosemu/emulator/internal/policy"
)

// policy reads the parameter Policy. ok is false if there is none, or it is empty,
// as the Go client sends it, or the JSON null.
func (q *Request) policy(appID string) (p *policy.Policy, ok bool, err *Error) {
	text, _, err := q.text("Policy")
	if err != nil {
		return nil, false, err
	}
	text = strings.TrimSpace(text)
	if text == "" || text == "null" {
		return nil, false, nil
	}
	if text, ok = decodePolicy(text); !ok {
		return nil, true, &Error{PolicyFormatError, "Policy is percent-encoded in a way that cannot be read."}
	}
	return parsePolicy(text, appID)
}

// decodePolicy decodes the policy once more than the form, as the documents want
// it encoded. A text that is JSON already is not decoded: the Java and .NET clients
// send it so (choice 271).
func decodePolicy(text string) (string, bool) {
	if strings.HasPrefix(text, "{") {
		return text, true
	}
	plain, err := url.QueryUnescape(text)
	return strings.TrimSpace(plain), err == nil
}

func parsePolicy(text, appID string) (*policy.Policy, bool, *Error) {
	p, err := policy.Parse([]byte(text), policy.Session)
	var wrong *policy.ParseError
	switch {
	case errors.As(err, &wrong) && wrong.Part == policy.PartLength:
		return nil, true, &Error{PolicyTooLong, err.Error() + "."}
	case errors.As(err, &wrong) && wrong.Part == policy.PartResource:
		return nil, true, &Error{ResourceError, err.Error() + "."}
	case err != nil:
		return nil, true, &Error{PolicyFormatError, err.Error() + "."}
	}
	// A temporary key gets no rights to another account's resources (choice 274).
	if resource := p.OfAnother(appID); resource != "" {
		return nil, true, &Error{GrantOtherResource, "policy: `" + chars.Shorten(resource, maxShown, "…") + "` is of another account than " + appID + "."}
	}
	return p, true, nil
}

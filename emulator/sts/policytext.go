package sts

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"github.com/cosemu/cosemu/emulator/policy"
)

// policy reads the parameter Policy. ok is false when there is none: empty, as
// the client in Go sends it then, or the JSON null.
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

// decodePolicy undoes the escapes that the documents ask for on top of those of
// the form. A text that is JSON as it stands is taken as it stands, as the
// clients in Java and .NET send it (choice 271).
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
	for _, resource := range resources(text) {
		if owner := accountOf(resource); owner != "" && owner != appID {
			return nil, true, &Error{GrantOtherResource, "policy: `" + shorten(resource) + "` is of another account than " + appID + "."}
		}
	}
	return p, true, nil
}

// accountOf is the APPID that a resource names. A temporary key can be given
// nothing of another account (choice 274).
func accountOf(resource string) string {
	segments := strings.SplitN(resource, ":", 6)
	if len(segments) != 6 {
		return ""
	}
	if owner, ok := strings.CutPrefix(segments[4], "uid/"); ok && digits(owner) {
		return owner
	}
	return ""
}

// resources are all that the statements name, as far as they can be read.
func resources(text string) []string {
	var doc map[string]json.RawMessage
	if json.Unmarshal([]byte(text), &doc) != nil {
		return nil
	}
	var found []string
	for _, statement := range objects(member(doc, "statement")) {
		found = append(found, texts(member(statement, "resource"))...)
	}
	return found
}

// member is a part of an object; elements have no case (CAM docs: 语法结构).
func member(object map[string]json.RawMessage, name string) json.RawMessage {
	for key, value := range object {
		if strings.EqualFold(key, name) {
			return value
		}
	}
	return nil
}

// objects are one object, or a list of them.
func objects(raw json.RawMessage) []map[string]json.RawMessage {
	var list []map[string]json.RawMessage
	if json.Unmarshal(raw, &list) == nil {
		return list
	}
	var one map[string]json.RawMessage
	if json.Unmarshal(raw, &one) == nil {
		return []map[string]json.RawMessage{one}
	}
	return nil
}

// texts are one text, or a list of them.
func texts(raw json.RawMessage) []string {
	var list []string
	if json.Unmarshal(raw, &list) == nil {
		return list
	}
	var one string
	if json.Unmarshal(raw, &one) == nil {
		return []string{one}
	}
	return nil
}

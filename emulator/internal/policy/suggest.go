package policy

import (
	"bytes"
	"encoding/json"
)

// ActionName is the request's action as policies write it:
// "name/cos:PutObject", or "name/sts:AssumeRole".
func ActionName(r *Request) string {
	if r.Role != nil {
		return "name/" + roleService + ":" + r.Action
	}
	return "name/" + service + ":" + r.Action
}

// ResourceName is the request's resource as policies write it:
// "qcs::cos:ap-guangzhou:uid/1250000000:examplebucket-1250000000/key". The
// bucket's own calls have no key, the service's have a star, and a role is
// "qcs::cam::uin/100000000001:roleName/uploader".
func ResourceName(r *Request) string {
	if r.Role != nil {
		return "qcs::" + camService + "::uin/" + r.OwnerUIN + ":roleName/" + r.Role.Name
	}
	if r.Bucket == "" {
		return "*"
	}
	id := r.AppID
	if id == "" {
		_, id = splitBucket(r.Bucket)
	}
	if id != "" {
		id = "uid/" + id
	}
	return "qcs::cos:" + r.Region + ":" + id + ":" + r.Bucket + "/" + r.Key
}

// Suggest is a statement that would allow the request in a policy for
// [Session] or [Identity]: JSON, ready to be put into the list.
func Suggest(r *Request) []byte { return suggest(r, false) }

// SuggestFor is [Suggest] for a policy that is attached where it says: in a
// bucket's policy the statement names its principal.
func SuggestFor(r *Request, where Where) []byte { return suggest(r, where == Bucket) }

func suggest(r *Request, principal bool) []byte {
	type who struct {
		QCS []string `json:"qcs"`
	}
	s := struct {
		Principal *who     `json:"principal,omitempty"`
		Effect    string   `json:"effect"`
		Action    []string `json:"action"`
		Resource  []string `json:"resource"`
	}{Effect: Allow.String(), Action: []string{ActionName(r)}, Resource: []string{ResourceName(r)}}
	if principal {
		s.Principal = &who{[]string{r.Caller.Name()}}
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // texts and lists of texts: nothing can go wrong
	return bytes.TrimRight(b.Bytes(), "\n")
}

package authz

import (
	"github.com/cosemu/cosemu/emulator/internal/policy"
)

// policyRequest is the request as policies see it.
func (r *Request) policyRequest() *policy.Request {
	q := &policy.Request{
		Action: r.Action, Region: r.Resource.Region, AppID: r.Resource.Owner,
		Bucket: r.Resource.Bucket, Key: r.Resource.Key, Caller: r.caller(),
	}
	if q.AppID != "" && r.AccountUIN != nil {
		q.OwnerUIN = r.AccountUIN(q.AppID)
	}
	if r.Values != nil {
		values := r.Values()
		values.Caller = &q.Caller
		q.Values = values
	}
	return q
}

// caller is who asks, as principals name callers.
func (r *Request) caller() policy.Caller {
	k := r.Key
	switch {
	case k == nil:
		return policy.Caller{Anonymous: true}
	case k.Role != "":
		who := policy.Caller{AppID: k.AppID, OwnerUIN: k.Owner(), RoleID: k.Role}
		if r.RoleName != nil {
			who.Role = r.RoleName()
		}
		return who
	}
	return policy.Caller{AppID: k.AppID, OwnerUIN: k.Owner(), UIN: k.User(), Federated: k.SessionName}
}

// anonymously is the same request as one without a signature.
func anonymously(q *policy.Request) *policy.Request {
	out := *q
	out.Caller = policy.Caller{Anonymous: true}
	if v, ok := q.Values.(*policy.HTTPValues); ok {
		values := *v
		values.Caller = &out.Caller
		out.Values = &values
	}
	return &out
}

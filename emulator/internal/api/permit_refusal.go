package api

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// refusal tells why a hearing ended badly: which statement denied the call, or
// else which policy lacks one, and how that statement could read.
func (h *hearing) refusal(c *call) *diagnose.PolicyRefusal {
	r := &h.request
	out := &diagnose.PolicyRefusal{Action: policy.ActionName(r), Resource: policy.ResourceName(r), Anonymous: c.anonymous()}
	for i, says := range h.says {
		if says.Effect == policy.Deny {
			out.Denied, out.Source, out.Statement = true, policySource(i), statementName(says.Statement)
			return out
		}
	}
	if !h.own {
		out.Caller, out.Owner = c.key.AppID, r.AppID
	}
	by := h.lacking()
	if by < 0 {
		if !h.own && !c.op.is(makesBucket) && c.op.scope != scopeService {
			out.Suggestion = pasteable(policy.SuggestFor(r, policy.Bucket))
		}
		return out
	}
	out.Source = policySource(by)
	if says := &h.says[by]; says.Missing != nil {
		out.Statement = statementName(says.Statement)
		out.Missing.En, out.Missing.Zh = says.Missing.Describe()
		if unmet(says.Missing) {
			out.Unmet = true
			return out // a statement without the condition would undo what it is for
		}
	}
	out.Suggestion = pasteable(policy.SuggestFor(r, h.where(by)))
	return out
}

// unmet reports whether a condition alone kept a statement from applying, and
// one that a request can meet.
func unmet(m *policy.Missing) bool {
	return m.What == policy.MissedCondition && len(m.Also) == 0 && m.Hint != policy.HintUnknownKey && m.Hint != policy.HintNotEncoded
}

// lacking is the policy in which a statement is missing: that which the key was
// cut down to, the user's or role's own, the bucket's; -1 when there is none.
func (h *hearing) lacking() int {
	switch {
	case h.session != nil && h.says[bySession].Effect != policy.Allow:
		return bySession
	case h.rights != nil && (h.own || h.granted == acl.Account):
		return byRights
	case h.bucket != nil:
		return byBucket
	}
	return -1
}

func (h *hearing) where(by int) policy.Where {
	switch by {
	case bySession:
		return policy.Session
	case byRights:
		return policy.Identity
	}
	return policy.Bucket
}

func policySource(by int) diagnose.PolicySource {
	return [...]diagnose.PolicySource{diagnose.SessionPolicy, diagnose.IdentityPolicy, diagnose.BucketPolicy}[by]
}

// statementName is how findings and the errors of policies name a statement.
func statementName(i int) string { return fmt.Sprintf("statement[%d]", i) }

// pasteable is JSON in which every character can be seen: those of a key that
// cannot are escaped.
func pasteable(doc []byte) string {
	var b strings.Builder
	for _, r := range string(doc) {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, r) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

package authz

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/cosemu/cosemu/emulator/internal/acl"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// refusal says why the request is refused: which statement denies it, or else
// which policy lacks one, and how that statement could read.
func (e *evaluation) refusal() *diagnose.PolicyRefusal {
	if e.asked == nil {
		e.asked = e.request.policyRequest()
	}
	q := e.asked
	out := &diagnose.PolicyRefusal{Action: policy.ActionName(q), Resource: policy.ResourceName(q), Anonymous: e.request.Key == nil}
	for i, answer := range e.answers {
		if answer.Effect == policy.Deny {
			out.Denied, out.Source, out.Statement = true, sourceName(i), statementName(answer.Statement)
			return out
		}
	}
	if !e.ownAccount {
		out.Owner = q.AppID
		if e.request.Key != nil {
			out.Caller = e.request.Key.AppID
		}
	}
	source, found := e.lacking()
	if !found {
		if kind := e.request.Resource.Kind; !e.ownAccount && (kind == Bucket || kind == Object) {
			out.Suggestion = printable(policy.Suggest(q, policy.Bucket))
		}
		return out
	}
	out.Source = sourceName(source)
	describeMissing(out, e.answers[source])
	out.Suggestion = printable(suggestion(q, attachedTo(source), e.answers[source].Missing))
	return out
}

// describeMissing says what kept the closest statement from allowing a request.
func describeMissing(out *diagnose.PolicyRefusal, answer policy.Decision) {
	if answer.Missing == nil {
		return
	}
	out.Statement = statementName(answer.Statement)
	out.Missing.En, out.Missing.Zh = answer.Missing.Describe()
	out.Unmet = answer.Missing.Unmet()
}

// suggestion is a statement that would allow a request in a policy; nil where a
// condition alone is not met: a statement without it would undo what it is for.
func suggestion(q *policy.Request, where policy.Where, m *policy.Missing) []byte {
	if m.Unmet() {
		return nil
	}
	return policy.Suggest(q, where)
}

// lacking is the source of the policy in which a statement is missing: the
// session policy, that of the user or role, the bucket's.
func (e *evaluation) lacking() (source int, found bool) {
	switch {
	case e.policies[fromSession] != nil && e.answers[fromSession].Effect != policy.Allow:
		return fromSession, true
	case e.policies[fromIdentity] != nil && (e.ownAccount || e.granted == acl.Account):
		return fromIdentity, true
	case e.policies[fromBucket] != nil:
		return fromBucket, true
	}
	return 0, false
}

// attachedTo is what a policy of this source is attached to.
func attachedTo(source int) policy.Where {
	return [...]policy.Where{fromSession: policy.Session, fromIdentity: policy.Identity, fromBucket: policy.Bucket}[source]
}

func sourceName(source int) diagnose.PolicySource {
	return [...]diagnose.PolicySource{
		fromSession: diagnose.SessionPolicy, fromIdentity: diagnose.IdentityPolicy, fromBucket: diagnose.BucketPolicy,
	}[source]
}

// statementName is how findings and the errors of policies name a statement.
func statementName(i int) string { return fmt.Sprintf("statement[%d]", i) }

// printable is JSON in which every character can be seen: those of a key that
// cannot are escaped.
func printable(doc []byte) string {
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

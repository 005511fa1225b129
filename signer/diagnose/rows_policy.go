package diagnose

import (
	"strings"

	"github.com/cosemu/cosemu/signer/internal/show"
)

// What is said of a policy: by what it is attached to, in the order of
// [PolicySource].
var (
	wordsPolicyDenied = [...]Message{
		AnyPolicy: {
			ID:       PolicyDenied,
			Sentence: Text{En: "Statement {name} denies {detail}.", Zh: "策略语句 {name} 拒绝了{detail}。"},
			Advice: Text{
				En: "Change that statement, or ask for something it does not deny.",
				Zh: "请修改该语句，或者不要请求它拒绝的操作。",
			},
		},
		SessionPolicy: {
			ID: PolicyDenied,
			Sentence: Text{
				En: "The temporary key's policy denies {detail}: {name}.",
				Zh: "临时密钥的策略拒绝了{detail}：{name}。",
			},
			Advice: Text{
				En: "A denial overrides every permission: change that statement in the Policy given to STS, and get a new key.",
				Zh: "拒绝优先于任何允许：请修改申请临时密钥时交给 STS 的策略里的这条语句，并重新申请。",
			},
		},
		IdentityPolicy: {
			ID: PolicyDenied,
			Sentence: Text{
				En: "The policy of the key's user or role denies {detail}: {name}.",
				Zh: "密钥所属用户或角色的策略拒绝了{detail}：{name}。",
			},
			Advice: Text{
				En: "A denial overrides every permission: change that statement, or ask for something it does not deny.",
				Zh: "拒绝优先于任何允许：请修改该语句，或者不要请求它拒绝的操作。",
			},
		},
		BucketPolicy: {
			ID: PolicyDenied,
			Sentence: Text{
				En: "The bucket's policy denies {detail}: {name}.",
				Zh: "存储桶策略拒绝了{detail}：{name}。",
			},
			Advice: Text{
				En: "A denial overrides every permission: change that statement (PUT Bucket policy), or ask for something it does not deny.",
				Zh: "拒绝优先于任何允许：请修改存储桶策略里的这条语句（PUT Bucket policy），或者不要请求它拒绝的操作。",
			},
		},
	}
	wordsPolicyMissing = [...]Message{
		AnyPolicy: {
			ID:       PolicyDenied,
			Sentence: Text{En: "No statement of a policy allows {detail}.", Zh: "没有策略语句允许{detail}。"},
			Advice: Text{
				En: "Allow this action on this resource in the policy of the key (for a temporary key: in the policy given to STS).",
				Zh: "请在密钥的策略里允许对该资源的这个操作（临时密钥则是申请时交给 STS 的策略）。",
			},
		},
		SessionPolicy: {
			ID: PolicyDenied,
			Sentence: Text{
				En: "The temporary key's policy does not allow {detail}.",
				Zh: "临时密钥的策略没有允许{detail}。",
			},
			Advice: Text{
				En: "Add this statement to the Policy given to STS, and get a new key.",
				Zh: "请把这条语句加进申请临时密钥时交给 STS 的策略，并重新申请。",
			},
		},
		IdentityPolicy: {
			ID: PolicyDenied,
			Sentence: Text{
				En: "The policy of the key's user or role does not allow {detail}.",
				Zh: "密钥所属用户或角色的策略没有允许{detail}。",
			},
			Advice: Text{En: "Add this statement to that policy.", Zh: "请把这条语句加进该策略。"},
		},
		BucketPolicy: {
			ID: PolicyDenied,
			Sentence: Text{
				En: "Neither the ACL nor the bucket's policy allows {detail}.",
				Zh: "ACL 和存储桶策略都没有允许{detail}。",
			},
			Advice: Text{
				En: "Use a key of the bucket's own account, or add this statement to the bucket's policy.",
				Zh: "请使用存储桶所属账号的密钥，或者把这条语句加进存储桶策略。",
			},
		},
	}
	wordsPolicyUnmet = Message{
		ID: PolicyDenied,
		Sentence: Text{
			En: "A condition of {name} is not met, so nothing allows {detail}.",
			Zh: "{name} 的条件不满足，因此不允许{detail}。",
		},
		Advice: Text{
			En: "Change the request so that it meets the condition. A key that should not have this limit needs another policy.",
			Zh: "请修改请求，使它满足该条件。如果本不该有这个限制，请换用别的策略。",
		},
	}
	wordsPolicyAccount = Message{
		ID: PolicyDenied,
		Sentence: Text{
			En: "The key belongs to APPID {signed}, the bucket to {arrived}.",
			Zh: "密钥属于 APPID {signed}，存储桶属于 {arrived}。",
		},
		Advice: Text{
			En: "Use a key of the bucket's own account, or let the bucket's policy or ACL admit this one.",
			Zh: "请使用存储桶所属账号的密钥，或者在存储桶策略或 ACL 里授权。",
		},
	}
	wordsPolicyAnonymous = Message{
		ID: PolicyDenied,
		Sentence: Text{
			En: "The request carries no signature, and {detail} is not allowed anonymously.",
			Zh: "请求没有签名，而{detail} 不允许匿名访问。",
		},
		Advice: Text{
			En: "Sign the request, or open the object or bucket: by its ACL (public-read), or by the bucket's policy.",
			Zh: "请对请求签名，或把该对象或存储桶设为公有读私有写（public-read），或用存储桶策略授权。",
		},
	}
)

// maxResource is how many bytes of a resource are shown: the longest prefix of a
// key is what tells most.
const maxResource = 256

func observePolicy(e *evidence) []Finding {
	if e.in.Facts.Policy == nil || e.bare() {
		return nil // the bucket is a part of the key
	}
	return ranked(ExplainPolicy(e.in.Facts.Policy), rankPolicy)
}

// ExplainPolicy is the finding of a refusal by a policy.
func ExplainPolicy(p *PolicyRefusal) Finding {
	asked := inPhrase(strings.TrimSpace(p.Action))
	if p.Resource != "" {
		asked += " (" + show.Printable(show.Shorten(p.Resource, maxResource)) + ")"
	}
	v := Values{Name: p.Statement, Detail: Text{En: asked, Zh: " " + asked}, Arrived: p.Resource}
	w := &wordsPolicyMissing[p.Source]
	switch {
	case p.Denied:
		w = &wordsPolicyDenied[p.Source]
	case p.Source == AnyPolicy && p.Anonymous:
		w = &wordsPolicyAnonymous
	case p.Source == AnyPolicy && p.Caller != p.Owner && p.Caller != "" && p.Owner != "":
		w, v = &wordsPolicyAccount, Values{Signed: p.Caller, Arrived: p.Owner}
	case p.Statement != "" && p.Missing.En != "":
		closest := Text{En: "; the closest, {name}, {detail}", Zh: "；最接近的 {name} {detail}"}
		v.Detail = joinTexts([]Text{v.Detail, closest.With(Values{Name: p.Statement, Detail: p.Missing})}, "", "")
	}
	if p.Unmet && !p.Denied {
		w = &wordsPolicyUnmet
	}
	f := w.Finding(v)
	f.Suggestion = p.Suggestion
	return f
}

package authz

import (
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/policy"
	"github.com/cosemu/cosemu/signer/diagnose"
)

// DecideRole judges whether a key may assume a role of an account, which is
// named by its APPID and its uin. Each policy of the key must allow it (CAM docs:
// 为子账号赋予扮演角色策略; choice 275). The root of an account has no policy.
func DecideRole(key *keyring.Key, role *policy.Role, appID, uin string) Decision {
	q := &policy.Request{
		Action: policy.AssumeRole, AppID: appID, OwnerUIN: uin, Role: role,
		Caller: policy.Caller{AppID: key.AppID, OwnerUIN: key.Owner(), UIN: key.User(), RoleID: key.Role},
	}
	for source, p := range [...]*policy.Policy{fromSession: key.Session, fromIdentity: key.Rights} {
		if p == nil {
			continue
		}
		answer := p.Evaluate(q)
		if answer.Effect == policy.Allow {
			continue
		}
		why := &diagnose.PolicyRefusal{Action: policy.ActionName(q), Resource: policy.ResourceName(q), Source: sourceName(source)}
		if answer.Effect == policy.Deny {
			why.Denied, why.Statement = true, statementName(answer.Statement)
		} else {
			describeMissing(why, answer)
			why.Unmet = false // the conditions of a role's policy see no values (choice 275)
			why.Suggestion = printable(policy.Suggest(q, attachedTo(source)))
		}
		return Decision{Verdict: Refused, Reason: ByRights, Policy: why}
	}
	return Decision{}
}

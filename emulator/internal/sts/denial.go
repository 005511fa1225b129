package sts

import (
	"github.com/cosemu/cosemu/emulator/internal/keyring"
	"github.com/cosemu/cosemu/emulator/internal/policy"
)

// Denial is why a pair's own policy keeps it from assuming a role.
type Denial struct {
	// Action and Resource are what was asked for, as policies name it.
	Action, Resource string
	// Session says that it is what a temporary pair was cut down to that does
	// not allow it; else it is the policy of the pair's user or role.
	Session bool
	// Decision is that policy's.
	Decision policy.Decision
	// Suggestion is a statement that would allow it, as JSON.
	Suggestion []byte
}

// deniedRole asks the policies of a pair whether it may assume a role; each one
// that there is must allow it (CAM docs: 为子账号赋予扮演角色策略; choice 275). A
// pair without any may, as the root of its account.
func deniedRole(role *Role, caller *keyring.Key) *Denial {
	r := policy.Request{
		Action: policy.AssumeRole, AppID: role.AppID, OwnerUIN: role.Owner(), Role: &policy.Role{Name: role.Name, ID: role.ID},
		Caller: policy.Caller{AppID: caller.AppID, OwnerUIN: caller.Owner(), UIN: caller.User(), RoleID: caller.Role},
	}
	for _, p := range []*policy.Policy{caller.Session, caller.Rights} {
		if p == nil {
			continue
		}
		if d := p.Evaluate(&r); d.Effect != policy.Allow {
			return &Denial{
				Action: policy.ActionName(&r), Resource: policy.ResourceName(&r),
				Session: p == caller.Session, Decision: d, Suggestion: policy.Suggest(&r),
			}
		}
	}
	return nil
}

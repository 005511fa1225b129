package sts

import (
	"time"
)

// identity is what GetCallerIdentity answers.
type identity struct {
	Type        string
	AccountID   string `json:"AccountId"`
	UserID      string `json:"UserId"`
	PrincipalID string `json:"PrincipalId"`
	Arn         string
}

// callerIdentity says whose the pair is (STS docs: GetCallerIdentity). Of the types
// only CAMUser is on the page (choice 280).
func (s *Service) callerIdentity(q *Request, v *Verdict, _ time.Time) (any, *Error) {
	caller := v.Who.Key
	if err := q.only(); err != nil {
		return nil, err
	}
	owner, user := caller.Owner(), caller.User()
	out := &identity{AccountID: owner, PrincipalID: user}
	switch {
	case caller.Role != "":
		out.Type, out.UserID = "CAMRole", caller.Role+":"+caller.SessionName
		out.Arn = "qcs::sts:" + owner + ":assumed-role/" + caller.Role
	case caller.SessionName != "":
		out.Type, out.UserID = "FederatedUser", user+":"+caller.SessionName
		out.Arn = "qcs::sts:" + owner + ":federated-user/" + user
	default:
		out.Type, out.UserID = "CAMUser", user
		out.Arn = "qcs::cam:" + owner + ":uin/" + user
		if caller.Root() {
			out.Type = "RootAccount"
		}
	}
	return out, nil
}

package sts

import (
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/policy"
)

// How long a pair of a federated user is valid (STS docs: GetFederationToken).
const (
	federationNormal = 30 * time.Minute
	federationRoot   = 2 * time.Hour  // at most, for the account's root
	federationSub    = 36 * time.Hour // at most, for a sub-account
)

// federationToken issues a temporary pair with part of the caller's rights.
func (s *Service) federationToken(q *Request, v *Verdict, now time.Time) (any, *Error) {
	caller := v.Who.Key
	if err := q.only("Name", "Policy", "DurationSeconds"); err != nil {
		return nil, err
	}
	if caller.Temporary() {
		return nil, &Error{TempKeyNotAllowed, "GetFederationToken cannot be called with a temporary key."}
	}
	if err := q.checkRegion(); err != nil {
		return nil, err
	}
	name, ok, err := q.text("Name")
	switch {
	case err != nil:
		return nil, err
	case !ok || name == "":
		return nil, missing("Name")
	case !isName(name, 1):
		return nil, paramError("Name is made of letters, digits and =,.@_-, 128 at most.")
	}
	most := federationSub
	if caller.Root() {
		most = federationRoot
	}
	lives, err := q.duration(federationNormal, most)
	if err != nil {
		return nil, err
	}
	session, ok, err := q.policy(caller.AppID)
	switch {
	case err != nil:
		return nil, err
	case !ok:
		return nil, missing("Policy")
	}
	return s.issue(federated(caller, session, name, endAfter(now, lives)), v, now)
}

// federated is a pair with its parent's rights and a session policy. Its id, secret
// and token are made when it is issued.
func federated(parent keyring.Key, session *policy.Policy, name string, end time.Time) keyring.Key {
	return keyring.Key{
		AppID: parent.AppID, OwnerUIN: parent.OwnerUIN, UIN: parent.UIN, Rights: parent.Rights, Session: session,
		Parent: parent.SecretID, SessionName: name, Expires: end,
	}
}

// endAfter is the end of a pair in whole seconds, as the answer has it.
func endAfter(now time.Time, lives time.Duration) time.Time {
	return now.Add(lives).Truncate(time.Second).UTC()
}

// isName reports whether a text matches [\w+=,.@_-]* (STS docs: AssumeRole). The
// page on GetFederationToken allows letters alone, but the official clients send
// names such as cos-sts-go (choice 276).
func isName(s string, least int) bool {
	return len(s) >= least && len(s) <= 128 && strings.IndexFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && !strings.ContainsRune("+=,.@_-", r)
	}) < 0
}

func seconds10(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }

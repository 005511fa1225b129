package sts

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/authz"
	"github.com/cosemu/cosemu/emulator/internal/bilingual"
	"github.com/cosemu/cosemu/emulator/internal/chars"
	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/emulator/internal/policy"
)

// Role is a role that can be assumed.
type Role struct {
	// Name is its name in ARNs: qcs::cam::uin/<owner>:roleName/<name>.
	Name string
	// ID is its number in ARNs: qcs::cam::uin/<owner>:role/<id>. Empty: it is
	// computed from owner and name.
	ID string
	// AppID is the account of the role.
	AppID string
	// OwnerUIN is the uin of the account's root; empty: the APPID.
	OwnerUIN string
	// Rights is its policy; nil: it may do everything in its account.
	Rights *policy.Policy
	// Trusts are further accounts or users, by APPID or uin, that may assume it.
	Trusts []string
}

// Resolved returns the role with its ID filled in, or says what is wrong with it.
func (r Role) Resolved() (Role, error) {
	switch {
	case r.Name == "" || !isName(r.Name, 1):
		return r, bilingual.Errorf("role %q: a role's name is made of letters, digits and =,.@_-, 128 at most", "角色 %q：角色名由字母、数字和 =,.@_- 组成，最多 128 个字符", r.Name)
	case !chars.Digits(r.AppID, maxDigits):
		return r, bilingual.Errorf("role %q: %q is no APPID, such as 1250000000", "角色 %q：%q 不是 APPID（例如 1250000000）", r.Name, r.AppID)
	case r.OwnerUIN != "" && !chars.Digits(r.OwnerUIN, maxDigits):
		return r, bilingual.Errorf("role %q: %q is no uin", "角色 %q：%q 不是 uin", r.Name, r.OwnerUIN)
	case r.ID != "" && !chars.Digits(r.ID, maxDigits):
		return r, bilingual.Errorf("role %q: %q is no number of a role", "角色 %q：%q 不是角色编号", r.Name, r.ID)
	}
	if r.ID == "" {
		sum := fnv.New64a()
		_, _ = sum.Write([]byte(r.Owner() + "/" + r.Name)) // never fails
		r.ID = strconv.FormatUint(4611686018427387904+sum.Sum64()%1000000000000000, 10)
	}
	return r, nil
}

// Owner is the uin in its ARNs.
func (r Role) Owner() string {
	if r.OwnerUIN != "" {
		return r.OwnerUIN
	}
	return r.AppID
}

// ARN describes the role by its name.
func (r Role) ARN() string { return "qcs::cam::uin/" + r.Owner() + ":roleName/" + r.Name }

// ErrARN means that a text is no ARN of a role.
var ErrARN = bilingual.Errorf("a role is described as qcs::cam::uin/<uin>:roleName/<name> or …:role/<id>",
	"角色应写作 qcs::cam::uin/<uin>:roleName/<name> 或 …:role/<id>")

// ParseARN reads the ARN of a role: its owner, and its name or its number. Service
// roles have one segment more (STS docs: AssumeRole).
func ParseARN(arn string) (owner, name, id string, err error) {
	rest, ok := strings.CutPrefix(arn, "qcs::cam::uin/")
	owner, role, found := strings.Cut(rest, ":")
	if !ok || !found || !chars.Digits(owner, maxDigits) {
		return "", "", "", ErrARN
	}
	way, what, _ := strings.Cut(role, "/")
	if service, of, twice := strings.Cut(what, "/"); twice && way == "role" {
		what = of
		if strings.HasSuffix(service, "RoleName") {
			way = "roleName"
		}
	}
	switch {
	case way == "roleName" && what != "":
		return owner, what, "", nil
	case way == "role" && chars.Digits(what, maxDigits):
		return owner, "", what, nil
	}
	return "", "", "", ErrARN
}

// maxDigits is how long the number of an account or a role may be.
const maxDigits = 20

// How long a pair of a role is valid (STS docs: AssumeRole).
const (
	roleNormal = 2 * time.Hour
	roleMost   = 12 * time.Hour
)

// assumeRole issues a temporary pair with a role's rights, or part of them.
func (s *Service) assumeRole(q *Request, v *Verdict, now time.Time) (any, *Error) {
	caller := v.Who.Key
	if err := q.checkRegion(); err != nil {
		return nil, err
	}
	name, err := q.roleParams()
	if err != nil {
		return nil, err
	}
	role, err := s.findRole(q.Params["RoleArn"], caller)
	if err != nil {
		return nil, err
	}
	decision := authz.DecideRole(&caller, &policy.Role{Name: role.Name, ID: role.ID}, role.AppID, role.Owner())
	if v.Denied = decision.Policy; v.Denied != nil {
		return nil, &Error{UnauthorizedAction, "The caller is not authorized to perform " + v.Denied.Action + " on " + v.Denied.Resource + "."}
	}
	lives, err := q.duration(roleNormal, roleMost)
	if err != nil {
		return nil, err
	}
	session, _, err := q.policy(role.AppID)
	if err != nil {
		return nil, err
	}
	parent := caller.SecretID
	if caller.Parent != "" { // the temporary pair may be removed once it has expired
		parent = caller.Parent
	}
	return s.issue(keyring.Key{
		AppID: role.AppID, OwnerUIN: role.OwnerUIN, Rights: role.Rights, Session: session,
		Parent: parent, Role: role.ID, SessionName: name, Expires: endAfter(now, lives),
	}, v, now)
}

// roleParams checks the parameters of AssumeRole and returns the session's name. MFA
// and ExternalId are accepted: there is nothing to compare them with (choice 275).
func (q *Request) roleParams() (string, *Error) {
	for name := range q.Params {
		if !isRoleParam(name) {
			return "", unknown(chars.Shorten(name, maxShown, "…"))
		}
	}
	for _, name := range []string{"RoleArn", "RoleSessionName", "ExternalId", "SourceIdentity", "SerialNumber", "TokenCode"} {
		if _, _, err := q.text(name); err != nil {
			return "", err
		}
	}
	name := q.Params["RoleSessionName"]
	switch {
	case q.Params["RoleArn"] == "":
		return "", missing("RoleArn")
	case name == "":
		return "", missing("RoleSessionName")
	case !isName(name, 2):
		return "", paramError("RoleSessionName is 2 to 128 letters, digits and +=,.@_-.")
	}
	// The Go client sends an empty ExternalId if none was given (qcloud-cos-sts-sdk
	// sts.go).
	if id := q.Params["ExternalId"]; id != "" && !isExternalID(id) {
		return "", paramError("ExternalId is 2 to 128 letters, digits and +=,.@:/_-.")
	}
	return name, q.checkTags()
}

func isRoleParam(name string) bool {
	switch name {
	case "RoleArn", "RoleSessionName", "DurationSeconds", "Policy", "ExternalId", "SourceIdentity", "SerialNumber", "TokenCode":
		return true
	}
	index, field, ok := strings.Cut(strings.TrimPrefix(name, "Tags."), ".")
	return ok && strings.HasPrefix(name, "Tags.") && chars.Digits(index, maxDigits) && (field == "Key" || field == "Value")
}

func isExternalID(s string) bool {
	return len(s) >= 2 && isName(strings.NewReplacer(":", "-", "/", "-").Replace(s), 2)
}

const maxTags = 50

// checkTags checks the session's tags, which have no effect.
func (q *Request) checkTags() *Error {
	keys, count := map[string]bool{}, map[string]bool{}
	for name, value := range q.Params {
		index, field, ok := strings.Cut(strings.TrimPrefix(name, "Tags."), ".")
		if !ok || !strings.HasPrefix(name, "Tags.") {
			continue
		}
		count[index] = true
		if field != "Key" {
			continue
		}
		if value == "" || len([]rune(value)) > 128 || keys[value] {
			return paramError("Each of the Tags has a Key of its own, 128 characters at most.")
		}
		keys[value] = true
	}
	if len(count) > maxTags {
		return paramError("There may be 50 Tags.")
	}
	if len(keys) != len(count) {
		return missing("Tags.Key")
	}
	return nil
}

// findRole finds the role, which must be of the caller's account or trust the caller
// (choice 275).
func (s *Service) findRole(arn string, caller keyring.Key) (Role, *Error) {
	owner, name, id, err := ParseARN(arn)
	if err != nil {
		return Role{}, paramError("RoleArn is qcs::cam::uin/<uin>:roleName/<name> or qcs::cam::uin/<uin>:role/<id>.")
	}
	at := slices.IndexFunc(s.roles, func(r Role) bool {
		return (r.Owner() == owner || r.AppID == owner) && (r.Name == name || r.ID == id)
	})
	if at < 0 {
		return Role{}, &Error{RoleNotFound, "The role does not exist."}
	}
	role := s.roles[at]
	if role.AppID != caller.AppID && !slices.Contains(role.Trusts, caller.AppID) && !slices.Contains(role.Trusts, caller.User()) &&
		!slices.Contains(role.Trusts, caller.Owner()) {
		return Role{}, &Error{UnauthorizedAction, "The role does not trust the account of the caller."}
	}
	return role, nil
}

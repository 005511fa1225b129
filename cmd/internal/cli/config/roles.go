package config

import (
	"slices"
	"strings"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/emulator"
)

// A roleEntry is one role as a place writes it.
type roleEntry struct {
	ARN      text      `yaml:"arn"`
	Name     text      `yaml:"name"`
	ID       text      `yaml:"id"`
	AppID    text      `yaml:"appid"`
	OwnerUIN text      `yaml:"owner_uin"`
	Policy   policyDoc `yaml:"policy"`
	Trusts   []text    `yaml:"trusts"`
}

// role is the entry as the emulator wants it; the APPID may still be missing.
func (r roleEntry) role() (emulator.Role, error) {
	out := emulator.Role{Name: string(r.Name), ID: string(r.ID), AppID: string(r.AppID), OwnerUIN: string(r.OwnerUIN)}
	for _, t := range r.Trusts {
		out.Trusts = append(out.Trusts, string(t))
	}
	if r.ARN != "" {
		owner, name, id, err := emulator.ParseRoleARN(string(r.ARN))
		switch {
		case err != nil:
			return out, err
		case out.OwnerUIN != "" && out.OwnerUIN != owner,
			out.Name != "" && name != "" && out.Name != name,
			out.ID != "" && id != "" && out.ID != id:
			return out, lang.Errorf("arn says something else than owner_uin, name or id", "arn 与 owner_uin、name 或 id 不一致")
		}
		out.OwnerUIN = owner
		if name != "" {
			out.Name = name
		}
		if id != "" {
			out.ID = id
		}
	}
	if out.Name == "" {
		out.Name = out.ID
	}
	return out, nil
}

func judgeRole(at path, r roleEntry) findings {
	role, err := r.role()
	if err != nil {
		return findings{{at.with("arn"), err}}
	}
	var found findings
	if role.AppID == "" {
		role.AppID = DefaultAppID // for the judgement alone
	}
	if _, err := role.Resolved(); err != nil {
		found = append(found, finding{at, err})
	}
	for i, t := range r.Trusts {
		if number(t) != nil {
			found = append(found, finding{at.with("trusts", i), lang.Errorf("%q is neither an APPID nor a uin", "%q 不是 APPID 或 uin", t)})
		}
	}
	return append(found, judgePolicy(at, r.Policy)...)
}

func judgePolicy(at path, p policyDoc) findings {
	if _, err := p.parse(); err != nil {
		return findings{{at.with("policy"), err}}
	}
	return nil
}

// number checks an APPID or a uin.
func number(t text) error {
	if t == "" || len(t) > 20 || strings.IndexFunc(string(t), func(r rune) bool { return r < '0' || r > '9' }) >= 0 {
		return lang.Errorf("%q is no number of an account or a user, such as 100000000001",
			"%q 不是账号或用户的数字 ID，例如 100000000001", t)
	}
	return nil
}

func readRoles(entries []roleEntry) ([]emulator.Role, findings) {
	var found findings
	roles := make([]emulator.Role, 0, len(entries))
	var names []string
	for i, r := range entries {
		found = append(found, judgeRole(path{i}, r)...)
		name := string(r.AppID + ":" + r.Name + r.ARN)
		if slices.Contains(names, name) {
			found = append(found, finding{path{i}, lang.Errorf("role %q is there twice", "角色 %q 出现了两次", r.Name+r.ARN)})
		}
		names = append(names, name)
		role, _ := r.role()               // judged above
		role.Rights, _ = r.Policy.parse() // likewise
		roles = append(roles, role)
	}
	return roles, found
}

func tokens(s string) (emulator.TokenAlphabet, error) {
	if a := emulator.TokenAlphabet(s); s != "" && a.Valid() {
		return a, nil
	}
	return "", neither(s, emulator.TokenAlphabetURL, emulator.TokenAlphabetStandard)
}

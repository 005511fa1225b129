package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

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
		case out.OwnerUIN != "" && out.OwnerUIN != owner || out.Name != "" && name != "" && out.Name != name || out.ID != "" && id != "" && out.ID != id:
			return out, errors.New("arn says something else than owner_uin, name or id")
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

// shortRole reads name[:appid].
func shortRole(s string) (roleEntry, error) {
	name, appID, _ := strings.Cut(s, ":")
	if strings.Contains(appID, ":") {
		return roleEntry{}, fmt.Errorf("%q is no name[:appid]; what else a role has needs the form of the file", s)
	}
	return roleEntry{Name: text(name), AppID: text(appID)}, nil
}

func judgeRole(at path, r roleEntry) []finding {
	role, err := r.role()
	if err != nil {
		return []finding{{at.with("arn"), err.Error()}}
	}
	var found []finding
	if role.AppID == "" {
		role.AppID = DefaultAppID // for the judgement alone
	}
	if _, err := role.Resolved(); err != nil {
		found = append(found, finding{at, err.Error()})
	}
	for i, t := range r.Trusts {
		if number(t) != nil {
			found = append(found, finding{at.with("trusts", i), fmt.Sprintf("%q is neither an APPID nor a uin", t)})
		}
	}
	return append(found, judgePolicy(at, r.Policy)...)
}

func judgePolicy(at path, p policyDoc) []finding {
	if _, err := p.parse(); err != nil {
		return []finding{{at.with("policy"), err.Error()}}
	}
	return nil
}

// number checks an APPID or a uin.
func number(t text) error {
	if t == "" || len(t) > 20 || strings.IndexFunc(string(t), func(r rune) bool { return r < '0' || r > '9' }) >= 0 {
		return fmt.Errorf("%q is no number of an account or a user, such as 100000000001", t)
	}
	return nil
}

func rolesSetting() setting {
	return setting{
		name: "roles",
		list: true,
		short: func(l *layer, texts []string) error {
			list, err := readList(texts, shortRole)
			l.Roles = &list
			return err
		},
		judge: func(l *layer) []finding {
			var found []finding
			var names []string
			for i, r := range deref(l.Roles) {
				found = append(found, judgeRole(path{"roles", i}, r)...)
				name := string(r.AppID + ":" + r.Name + r.ARN)
				if slices.Contains(names, name) {
					found = append(found, finding{path{"roles", i}, fmt.Sprintf("role %q is there twice", r.Name+r.ARN)})
				}
				names = append(names, name)
			}
			return found
		},
		take: func(s *Settings, l *layer) bool {
			if l.Roles == nil {
				return false
			}
			s.Roles = nil
			for _, r := range *l.Roles {
				role, _ := r.role()               // judged before
				role.Rights, _ = r.Policy.parse() // likewise
				s.Roles = append(s.Roles, role)
			}
			return true
		},
	}
}

func tokens(s string) (emulator.TokenAlphabet, error) {
	if a := emulator.TokenAlphabet(s); s != "" && a.Valid() {
		return a, nil
	}
	return "", fmt.Errorf("%q is neither %s nor %s", s, emulator.TokenAlphabetURL, emulator.TokenAlphabetStandard)
}

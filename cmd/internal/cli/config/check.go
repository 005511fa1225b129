package config

import (
	"errors"
	"slices"

	"github.com/cosemu/cosemu/cmd/internal/cli/lang"
	"github.com/cosemu/cosemu/emulator"
)

// Check completes settings that were parsed, with what depends on several of
// them. Its error is an *Invalid with everything that is wrong.
func (l *Loader) Check(s Settings) (Settings, error) {
	if faults := l.faults(); len(faults) > 0 {
		return Settings{}, &Invalid{faults}
	}
	s.Config = "" // where they come from is no part of them
	s.complete()
	s.DefaultKey = len(s.Credentials) == 1 && s.Credentials[0].SecretKey == DefaultSecretKey
	if f := s.settle(); f != nil {
		return Settings{}, &Invalid{[]Fault{l.placed(f)}}
	}
	if err := emulator.Strict(s.Strict).CheckAccounts(s.Credentials, s.Buckets); err != nil {
		return Settings{}, &Invalid{[]Fault{{Where: "strict.appid", Err: err}}}
	}
	return s, nil
}

// complete gives buckets without a region Region, and keys and roles without an
// APPID that of the first bucket, so that a configured pair may use the
// configured bucket (choice 80).
func (s *Settings) complete() {
	s.Buckets = slices.Clone(s.Buckets)
	for i := range s.Buckets {
		if s.Buckets[i].Region == "" {
			s.Buckets[i].Region = s.Region
		}
	}
	for i := range s.Credentials {
		if s.Credentials[i].AppID == "" {
			s.Credentials[i].AppID = s.AppID()
		}
	}
	for i := range s.Roles {
		if s.Roles[i].AppID == "" {
			s.Roles[i].AppID = s.AppID()
		}
	}
}

// settle fills in the uin of each pair's account, or returns which pair or role
// contradicts another.
func (s *Settings) settle() *finding {
	keys, err := emulator.SettleKeys(s.Credentials)
	if c := (*emulator.KeyContradiction)(nil); errors.As(err, &c) {
		return &finding{path{"credentials", c.At, c.Member}, c}
	}
	s.Credentials = keys
	for i, r := range s.Roles {
		for _, k := range keys {
			if r.OwnerUIN != "" && k.OwnerUIN != "" && k.AppID == r.AppID && k.OwnerUIN != r.OwnerUIN {
				return &finding{path{"roles", i}, lang.Errorf(
					"the role is of the account's uin %s, and by %s the account %s has the uin %s",
					"角色所属账号的 uin 是 %s，而按 %s，账号 %s 的 uin 是 %s", r.OwnerUIN, k.SecretID, k.AppID, k.OwnerUIN)}
			}
		}
	}
	return nil
}

// placed says where the setting that a finding is about was given.
func (l *Loader) placed(f *finding) Fault {
	name, _ := f.at[0].(string)
	if where := l.places[name]; where != "" {
		return Fault{Where: where + ": " + f.at.String(), Err: f.err, Flag: l.flags[name] != nil}
	}
	return Fault{Where: l.file.locate(f.at), Err: f.err}
}

package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cosemu/cosemu/emulator"
)

// EnvPrefix starts the names of cosemu's environment variables.
const EnvPrefix = "COSEMU_"

// Names in the environment that belong to the command but are no setting of
// the server: the file to read, and the secret that `presign` signs with.
const (
	EnvConfig    = EnvPrefix + "CONFIG"
	EnvSecretKey = EnvPrefix + "SECRET_KEY"
)

// Sources are the places where settings are looked for.
type Sources struct {
	// Flags holds what was given on the command line, by flag name, in order.
	// A flag that was not given is absent, whatever its default.
	Flags map[string][]string
	// Env is the environment, each entry NAME=value.
	Env []string
	// File is the --config flag; empty leaves the choice to COSEMU_CONFIG.
	File string
}

// Load weighs the places setting by setting: flags, environment, file,
// defaults. A list is taken whole from one of them; lists are not merged. Its
// error is an *Invalid.
func Load(src Sources) (Settings, error) {
	env := environ(src.Env)
	name := src.File
	if name == "" {
		name = env[EnvConfig]
	}
	doc := &document{}
	if name != "" {
		var err error
		if doc, err = readFile(name); err != nil {
			return Settings{}, err
		}
	}
	rows := table()
	var flags, vars layer
	faults := judgeAll(rows, &doc.layer, doc.locate)
	faults = append(faults, readShort(rows, &vars, func(s *setting) ([]string, string, bool) {
		v, ok := env[s.env()]
		return []string{v}, s.env(), ok
	})...)
	given := readShort(rows, &flags, func(s *setting) ([]string, string, bool) {
		v, ok := src.Flags[s.flag()]
		return v, "--" + s.flag(), ok
	})
	for i := range given {
		given[i].Flag = true
	}
	if faults = append(faults, given...); len(faults) > 0 {
		return Settings{}, &Invalid{faults}
	}
	s := defaults()
	for _, row := range rows {
		for _, place := range []*layer{&flags, &vars, &doc.layer} {
			if row.take(&s, place) {
				break
			}
		}
	}
	s.complete()
	if f := s.settle(); f != nil {
		return Settings{}, &Invalid{[]Fault{placed(f, &flags, &vars, doc)}}
	}
	if err := s.Strict.CheckAccounts(s.Credentials, s.Buckets); err != nil {
		return Settings{}, &Invalid{[]Fault{{Where: "strict.appid", Message: err.Error()}}}
	}
	return s, nil
}

// environ returns cosemu's part of an environment. The last entry of a name
// counts, as in a shell.
func environ(env []string) map[string]string {
	m := map[string]string{}
	for _, e := range env {
		if k, v, ok := strings.Cut(e, "="); ok && strings.HasPrefix(k, EnvPrefix) {
			m[k] = v
		}
	}
	return m
}

// judgeAll returns the faults of a layer.
func judgeAll(rows []setting, l *layer, locate func(path) string) []Fault {
	var faults []Fault
	for _, row := range rows {
		for _, f := range row.judge(l) {
			faults = append(faults, Fault{Where: locate(f.at), Message: f.message})
		}
	}
	return faults
}

// readShort fills l with what given says of each setting, and judges it.
func readShort(rows []setting, l *layer, given func(*setting) (texts []string, where string, ok bool)) []Fault {
	var faults []Fault
	for _, row := range rows {
		texts, where, ok := given(&row)
		if !ok {
			continue
		}
		if err := row.short(l, texts); err != nil {
			faults = append(faults, Fault{Where: where, Message: err.Error()})
			continue
		}
		for _, f := range row.judge(l) {
			at := where
			if len(f.at) > 1 {
				at += ": " + f.at.String()
			}
			faults = append(faults, Fault{Where: at, Message: f.message})
		}
	}
	return faults
}

// complete fills in what depends on other settings: buckets without a region
// get Region, keys and roles without an APPID that of the first bucket, so that
// a configured pair may use the configured bucket (choice 80).
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

// settle fills in the uin of each pair's account, or says which pair or role
// contradicts another.
func (s *Settings) settle() *finding {
	keys, err := emulator.SettleKeys(s.Credentials)
	var c *emulator.KeyContradiction
	if errors.As(err, &c) {
		return &finding{path{"credentials", c.At, c.Member}, c.Error()}
	}
	s.Credentials = keys
	for i, r := range s.Roles {
		for _, k := range keys {
			if r.OwnerUIN != "" && k.OwnerUIN != "" && k.AppID == r.AppID && k.OwnerUIN != r.OwnerUIN {
				return &finding{path{"roles", i}, fmt.Sprintf("the role is of the account's uin %s, and by %s the account %s has the uin %s",
					r.OwnerUIN, k.SecretID, k.AppID, k.OwnerUIN)}
			}
		}
	}
	return nil
}

// placed says where the setting that a finding is about was given.
func placed(f *finding, flags, vars *layer, doc *document) Fault {
	given := func(l *layer) bool {
		if f.at[0] == "roles" {
			return l.Roles != nil
		}
		return l.Credentials != nil
	}
	name, _ := f.at[0].(string)
	switch {
	case given(flags):
		return Fault{Where: "--" + name + ": " + f.at.String(), Message: f.message, Flag: true}
	case given(vars):
		return Fault{Where: EnvPrefix + strings.ToUpper(name) + ": " + f.at.String(), Message: f.message}
	}
	return Fault{Where: doc.locate(f.at), Message: f.message}
}

// AppID is the account of key pairs that come without one; none under
// strict.appid.
func (s *Settings) AppID() string {
	if s.Strict.AppID {
		return ""
	}
	if len(s.Buckets) > 0 {
		return emulator.BucketAccount(s.Buckets[0].Name)
	}
	return DefaultAppID
}

// Strangers returns the COSEMU_ variables that no setting reads, most likely
// misspelt ones. Those that Kubernetes makes for a service called cosemu
// (COSEMU_SERVICE_HOST, COSEMU_PORT_9000_TCP and their like) are left out.
func Strangers(env []string) []string {
	known := map[string]bool{EnvConfig: true, EnvSecretKey: true}
	for _, row := range table() {
		known[row.env()] = true
	}
	var names []string
	for name := range environ(env) {
		rest := strings.TrimPrefix(name, EnvPrefix)
		if !known[name] && !strings.HasPrefix(rest, "SERVICE_") && rest != "PORT" && !strings.HasPrefix(rest, "PORT_") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// FlagNames lists the flags of all settings, and whether each may be repeated.
func FlagNames() map[string]bool {
	m := map[string]bool{}
	for _, row := range table() {
		m[row.flag()] = row.list
	}
	return m
}

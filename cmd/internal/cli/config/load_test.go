package config

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/cosemu/cosemu/emulator"
	"github.com/stretchr/testify/require"
)

// file writes a configuration file called cosemu.yaml and returns its path.
func file(t *testing.T, content string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "cosemu.yaml")
	require.NoError(t, os.WriteFile(name, []byte(content), 0o600))
	return name
}

// Sources are the places where settings are looked for.
type Sources struct {
	// Flags holds what was given on the command line, by flag name, in order.
	Flags map[string][]string
	// Env is the environment, each entry NAME=value.
	Env []string
	// File is the --config flag; empty leaves the choice to COSEMU_CONFIG.
	File string
}

// newParser is a parser of settings alone.
func newParser(t testing.TB, env []string) (*Loader, *kong.Kong, *Settings) {
	t.Helper()
	var grammar struct{ Settings }
	l := NewLoader(env)
	k, err := kong.New(&grammar, l.Options()...)
	require.NoError(t, err)
	return l, k, &grammar.Settings
}

// Load weighs the places setting by setting.
func Load(t testing.TB, src Sources) (Settings, error) {
	t.Helper()
	l, k, s := newParser(t, src.Env)
	var args []string
	if src.File != "" {
		args = append(args, "--config="+src.File)
	}
	for name, values := range src.Flags {
		for _, v := range values {
			args = append(args, "--"+name+"="+v)
		}
	}
	_, err := k.Parse(args)
	require.NoError(t, err)
	return l.Check(*s)
}

func load(t *testing.T, src Sources) Settings {
	t.Helper()
	s, err := Load(t, src)
	require.NoError(t, err)
	return s
}

// refused returns the faults of a configuration, one a line.
func refused(t *testing.T, src Sources) string {
	t.Helper()
	_, err := Load(t, src)
	require.Error(t, err)
	var invalid *Invalid
	require.ErrorAs(t, err, &invalid)
	return err.Error()
}

func TestDefaults(t *testing.T) {
	s := load(t, Sources{})
	require.Equal(t, "127.0.0.1:9000", s.Listen)
	require.Equal(t, "127.0.0.1:9001", s.Console)
	require.Empty(t, s.Data)
	require.Equal(t, "ap-guangzhou", s.Region)
	require.Equal(t, emulator.VerifyEnforce, s.Verify)
	require.Equal(t, []string{"localhost"}, s.Domains)
	require.Equal(t, []emulator.BucketConfig{{Name: "test-1250000000", Region: "ap-guangzhou"}}, s.Buckets)
	require.Equal(t, []emulator.Key{{SecretID: DefaultSecretID, SecretKey: DefaultSecretKey, AppID: "1250000000"}}, s.Credentials)
	require.True(t, s.DefaultKey)
	require.Equal(t, slog.LevelInfo, s.LogLevel)
	require.Equal(t, ClockStart{}, s.Clock)
	// The shape of a real pair, which some SDKs check.
	require.Regexp(t, `^AKID[0-9A-Za-z]{32}$`, s.Credentials[0].SecretID)
	require.Regexp(t, `^[0-9A-Za-z]{32}$`, s.Credentials[0].SecretKey)
}

// sources has a value of each place for each setting, and what it means.
type sources struct {
	flag, env, yaml string
	got             func(Settings) any
	fromFlag        any
	fromEnv         any
	fromYAML        any
	byDefault       any
}

// onOffCase is a switch that is off by default.
func onOffCase(got func(Settings) any) sources {
	return sources{"true", "0", "true", got, true, false, true, false}
}

func everySetting() map[string]sources {
	bucket := func(name, region, acl string) []emulator.BucketConfig {
		return []emulator.BucketConfig{{Name: name, Region: region, ACL: acl}}
	}
	key := func(id, secret, app string) []emulator.Key {
		return []emulator.Key{{SecretID: id, SecretKey: secret, AppID: app}}
	}
	return map[string]sources{
		"listen": {
			"127.0.0.1:1", ":2", "localhost:3", func(s Settings) any { return s.Listen },
			"127.0.0.1:1", ":2", "localhost:3", DefaultListen,
		},
		"console": {
			"[::1]:1", "0.0.0.0:0", `"h.test:3"`, func(s Settings) any { return s.Console },
			"[::1]:1", "0.0.0.0:0", "h.test:3", DefaultConsole,
		},
		"console_hosts": {
			"a.test,B.test", "c.test", "[d.test, e.test]", func(s Settings) any { return s.ConsoleHosts },
			[]string{"a.test", "b.test"},
			[]string{"c.test"},
			[]string{"d.test", "e.test"},
			[]string(nil),
		},
		"control_token": {
			"token-of-flag", "token-of-env", "token-of-yaml", func(s Settings) any { return s.ControlToken },
			"token-of-flag", "token-of-env", "token-of-yaml", "",
		},
		"tls_listen": {
			"127.0.0.1:1", "", ":3", func(s Settings) any { return s.TLSListen }, "127.0.0.1:1", "", ":3", "",
		},
		"ca":    {"/f", "/e", "/y", func(s Settings) any { return s.CA }, "/f", "/e", "/y", ""},
		"data":  {"/f", "/e", "/y", func(s Settings) any { return s.Data }, "/f", "/e", "/y", ""},
		"seed":  {"/f", "/e", "/y", func(s Settings) any { return s.Seed }, "/f", "/e", "/y", ""},
		"fsync": {"false", "0", "true", func(s Settings) any { return s.Fsync }, false, false, true, false},
		"region": {
			"ap-beijing", "ap-shanghai", "eu-frankfurt", func(s Settings) any { return s.Region },
			"ap-beijing", "ap-shanghai", "eu-frankfurt", "ap-guangzhou",
		},
		"clock": {
			"+20m", "2026-11-24T08:00:00Z", "1764000000", func(s Settings) any { return s.Clock },
			ClockStart{Offset: 20 * time.Minute},
			ClockStart{Frozen: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)},
			ClockStart{Frozen: time.Unix(1764000000, 0).UTC()},
			ClockStart{},
		},
		"verify": {
			"report", "enforce", "report", func(s Settings) any { return s.Verify },
			emulator.VerifyReport, emulator.VerifyEnforce, emulator.VerifyReport, emulator.VerifyEnforce,
		},
		"default_cors": {
			"none", "permissive", "none", func(s Settings) any { return s.DefaultCORS },
			emulator.CORSNone, emulator.CORSPermissive, emulator.CORSNone, emulator.CORSNone,
		},
		"strict_path_style":    onOffCase(func(s Settings) any { return s.Strict.PathStyle }),
		"strict_cut_at_expiry": onOffCase(func(s Settings) any { return s.Strict.CutAtExpiry }),
		"strict_appid":         onOffCase(func(s Settings) any { return s.Strict.AppID }),
		"domains": {
			"f.test", "", "[y.test]", func(s Settings) any { return s.Domains },
			[]string{"f.test"},
			[]string{},
			[]string{"y.test"},
			[]string{"localhost"},
		},
		"aliases": {
			"F.test=f-1250000000,127.0.0.1:09000=f-1250000000", `{e.test: e-1250000000, "[::1]:9000": e-1250000000}`, `{y.test: y-1250000000, "Y:80": y-1250000000}`, func(s Settings) any { return s.Aliases },
			map[string]string{"f.test": "f-1250000000", "127.0.0.1:9000": "f-1250000000"},
			map[string]string{"e.test": "e-1250000000", "[::1]:9000": "e-1250000000"},
			map[string]string{"y.test": "y-1250000000", "y:80": "y-1250000000"},
			map[string]string(nil),
		},
		"buckets": {
			"f-1:ap-beijing:public-read", "[{name: e-1250000000, acl: public-read}]", "[{name: y-1250000000}]",
			func(s Settings) any { return s.Buckets },
			bucket("f-1", "ap-beijing", "public-read"), bucket("e-1250000000", "ap-guangzhou", "public-read"),
			bucket("y-1250000000", "ap-guangzhou", ""), bucket(DefaultBucket, "ap-guangzhou", ""),
		},
		"credentials": {
			"f:fs:7", "e:es", "[{secret_id: y, secret_key: ys, appid: 007}]", func(s Settings) any { return s.Credentials },
			key("f", "fs", "7"), key("e", "es", "1250000000"), key("y", "ys", "007"),
			key(DefaultSecretID, DefaultSecretKey, DefaultAppID),
		},
		"roles": {
			"f:7", "[{name: e, id: 9, trusts: [8]}]", "[{arn: 'qcs::cam::uin/100000000001:roleName/y', appid: 007}]",
			func(s Settings) any { return s.Roles },
			[]emulator.Role{{Name: "f", AppID: "7"}},
			[]emulator.Role{{Name: "e", ID: "9", AppID: "1250000000", Trusts: []string{"8"}}},
			[]emulator.Role{{Name: "y", AppID: "007", OwnerUIN: "100000000001"}},
			[]emulator.Role(nil),
		},
		"tokens": {
			"standard", "url", "standard", func(s Settings) any { return s.Tokens },
			emulator.TokenAlphabetStandard, emulator.TokenAlphabetURL, emulator.TokenAlphabetStandard, emulator.TokenAlphabetURL,
		},
		"max_accounts": {"7", "8", "9", func(s Settings) any { return s.MaxAccounts }, 7, 8, 9, 100_000},
		"max_memory":   {"64MiB", "1GiB", "2MB", func(s Settings) any { return s.MaxMemory }, int64(64 << 20), int64(1 << 30), int64(2e6), int64(0)},
		"grace":        {"1s", "2m", "0s", func(s Settings) any { return s.Grace }, time.Second, 2 * time.Minute, time.Duration(0), 30 * time.Second},
		"log_format":   {"text", "json", "text", func(s Settings) any { return s.LogFormat }, "text", "json", "text", "text"},
		"log_level": {
			"debug", "warn", "error", func(s Settings) any { return s.LogLevel },
			slog.LevelDebug, slog.LevelWarn, slog.LevelError, slog.LevelInfo,
		},
		"ready_file": {"/f", "/e", "/y", func(s Settings) any { return s.ReadyFile }, "/f", "/e", "/y", ""},
	}
}

// Every setting is read from each place by its one name, and the places count
// in their order whatever the values are: a value given that equals the
// default still wins.
func TestPrecedence(t *testing.T) {
	cases := everySetting()
	l, _, _ := newParser(t, nil)
	for _, flag := range l.Flags() {
		name := strings.ReplaceAll(flag.Name, "-", "_")
		c, ok := cases[name]
		require.True(t, ok, "no case for %s", name)
		t.Run(name, func(t *testing.T) {
			flags := map[string][]string{strings.ReplaceAll(name, "_", "-"): {c.flag}}
			env := []string{"COSEMU_" + strings.ToUpper(name) + "=" + c.env, "OTHER=x"}
			key, end := name, ""
			if in, grouped := strings.CutPrefix(key, "strict_"); grouped {
				key, end = "strict: {"+in, "}"
			}
			yaml := file(t, key+": "+c.yaml+end+"\n")
			require.Equal(t, c.byDefault, c.got(load(t, Sources{})))
			require.Equal(t, c.fromYAML, c.got(load(t, Sources{File: yaml})))
			require.Equal(t, c.fromYAML, c.got(load(t, Sources{Env: []string{"COSEMU_CONFIG=" + yaml}})))
			require.Equal(t, c.fromEnv, c.got(load(t, Sources{File: yaml, Env: env})))
			require.Equal(t, c.fromFlag, c.got(load(t, Sources{File: yaml, Env: env, Flags: flags})))
			require.Equal(t, c.fromFlag, c.got(load(t, Sources{Flags: flags})))
		})
	}
	require.Len(t, cases, len(l.Flags()))
}

func TestAListIsTakenWholeFromOnePlace(t *testing.T) {
	s := load(t, Sources{
		File: file(t, "buckets: [{name: a-1250000000}, {name: b-1250000000}]"),
		Env:  []string{"COSEMU_BUCKETS=c-1250000000"},
	})
	require.Len(t, s.Buckets, 1)
	require.Equal(t, "c-1250000000", s.Buckets[0].Name)
}

func TestFlagsMayBeRepeated(t *testing.T) {
	s := load(t, Sources{Flags: map[string][]string{"buckets": {"a-1250000000,b-1250000000:ap-beijing", "[{name: c-1250000000}]"}}})
	require.Equal(t, []emulator.BucketConfig{
		{Name: "a-1250000000", Region: "ap-guangzhou"},
		{Name: "b-1250000000", Region: "ap-beijing"},
		{Name: "c-1250000000", Region: "ap-guangzhou"},
	}, s.Buckets)
}

func TestAFileMayBeEmptyOrOnlyComments(t *testing.T) {
	for _, content := range []string{"", "\n\n", "# nothing yet\n", "---\n", "listen:\n", "\ufeffregion: ap-guangzhou\n"} {
		require.Equal(t, load(t, Sources{}), load(t, Sources{File: file(t, content)}), "%q", content)
	}
}

func TestTheWholeFile(t *testing.T) {
	s := load(t, Sources{File: file(t, `
listen: 127.0.0.1:9000
console: 127.0.0.1:9001
data: ""                     # empty: in memory; else a folder
region: ap-guangzhou
clock: -20m
verify: report
domains: [localhost]
aliases: {"uploads.test": "examplebucket-1250000000"}
buckets: [{name: examplebucket-1250000000, region: ap-guangzhou, acl: private}]
credentials:
  - secret_id: AKIDtemporary
    secret_key: "secret"
    appid: "1250000000"
    token: "tok/en+with=chars"
    expires: 2026-11-24T08:00:00Z
`)})
	require.Equal(t, -20*time.Minute, s.Clock.Offset)
	require.Equal(t, []emulator.Key{{
		SecretID: "AKIDtemporary", SecretKey: "secret", AppID: "1250000000", Token: "tok/en+with=chars",
		Expires: time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC),
	}}, s.Credentials)
	require.False(t, s.DefaultKey)
}

// A pair without an APPID may use the configured bucket.
func TestAPairWithoutAccountGetsTheBuckets(t *testing.T) {
	s := load(t, Sources{Flags: map[string][]string{"buckets": {"a-1999999999"}, "credentials": {"id:secret"}}})
	require.Equal(t, "1999999999", s.Credentials[0].AppID)
	require.Equal(t, "1999999999", s.AppID())
}

func TestABucketMayHaveItsOwnCORS(t *testing.T) {
	s := load(t, Sources{File: file(t, "buckets: [{name: a-1250000000, cors: permissive}, {name: b-1250000000}]")})
	require.Equal(t, emulator.CORSPermissive, s.Buckets[0].CORS)
	require.Empty(t, s.Buckets[1].CORS)
}

func TestABucketMayBeMAZ(t *testing.T) {
	s := load(t, Sources{File: file(t, "buckets: [{name: a-1250000000, maz: true}, {name: b-1250000000}]")})
	require.True(t, s.Buckets[0].MAZ)
	require.False(t, s.Buckets[1].MAZ)
	_, err := Load(t, Sources{File: file(t, "buckets: [{name: a-1250000000, maz: several}]")})
	require.ErrorContains(t, err, "maz")
	name := strings.Repeat("a", 50) + "-1250000000"
	require.Equal(t, name, load(t, Sources{File: file(t, "buckets: [{name: "+name+"}]")}).Buckets[0].Name)
	_, err = Load(t, Sources{File: file(t, "buckets: [{name: a"+name+"}]")})
	require.ErrorContains(t, err, "50 characters")
}

func TestFaultsNameFileLineAndKey(t *testing.T) {
	good := "region: ap-beijing\n"
	require.Equal(t, "ap-beijing", load(t, Sources{File: file(t, good)}).Region)
	for content, want := range map[string]string{
		"listne: x\n":          "cosemu.yaml:2: listne: unknown key; known here: listen, tls_listen, ca, console, console_hosts",
		"log-format: json\n":   "cosemu.yaml:2: log-format: unknown key; known here: ",
		"buckets:\n- nme: x\n": "cosemu.yaml:3: buckets[0].nme: unknown key; known here: name, region, acl, cors",
		"buckets:\n- name: a-1\n- {name: b-1, acl: x}":         `cosemu.yaml:4: buckets[1].acl: "x" is none of private, `,
		"buckets:\n- region: x\n":                              "cosemu.yaml:3: buckets[0].name: the bucket's name is missing",
		"buckets: [{name: noappid}]\n":                         "cosemu.yaml:2: buckets[0].name: bucket \"noappid\": ",
		"buckets: [{name: a-1}, {name: a-1}]\n":                `cosemu.yaml:2: buckets[1].name: bucket "a-1" is there twice`,
		"buckets: {name: a-1}\n":                               "cosemu.yaml:2: buckets: want a sequence here, not a mapping",
		"buckets: [a-1]\n":                                     "cosemu.yaml:2: buckets[0]: want a mapping here",
		"fsync: 1\n":                                           "cosemu.yaml:2: fsync: want true or false here",
		"fsync: \"yes\"\n":                                     "cosemu.yaml:2: fsync: want true or false here",
		"data: true\n":                                         "cosemu.yaml:2: data: want a text here, not true or false",
		"data: [x]\n":                                          "cosemu.yaml:2: data: want a text here, not a list",
		"domains: localhost\n":                                 "cosemu.yaml:2: domains: want a sequence here",
		"domains: [localhost, 'a b']\n":                        `cosemu.yaml:2: domains[1]: "a b" is no host name`,
		"domains: ['http://x']\n":                              `cosemu.yaml:2: domains[0]: "http://x" is no host name`,
		"aliases:\n  x.test: nobucket\n":                       `cosemu.yaml:3: aliases.x.test: bucket "nobucket": `,
		"aliases: {'a/b': a-1}\n":                              `cosemu.yaml:2: aliases.a/b: "a/b" is no host name`,
		"aliases: {'127.0.0.1:x': a-1}\n":                      `cosemu.yaml:2: aliases.127.0.0.1:x: "127.0.0.1:x": the port "x" is no number`,
		"aliases: {'127.0.0.1:0': a-1}\n":                      `cosemu.yaml:2: aliases.127.0.0.1:0: "127.0.0.1:0" is no host:port`,
		"aliases: {':9000': a-1}\n":                            `cosemu.yaml:2: aliases.:9000: ":9000" is no host:port`,
		"strict: true\n":                                       "cosemu.yaml:2: strict: want a mapping here",
		"strict: {pathstyle: true}\n":                          "cosemu.yaml:2: strict.pathstyle: unknown key; known here: path_style, cut_at_expiry, appid",
		"strict: {path_style: 1}\n":                            "cosemu.yaml:2: strict.path_style: want true or false here",
		"default_cors: open\n":                                 `cosemu.yaml:2: default_cors: "open" is neither none nor permissive`,
		"buckets: [{name: a-1, cors: all}]\n":                  `cosemu.yaml:2: buckets[0].cors: "all" is neither none nor permissive`,
		"verify: maybe\n":                                      `cosemu.yaml:2: verify: "maybe" is neither enforce nor report`,
		"clock: 20m\n":                                         `cosemu.yaml:2: clock: "20m" is neither a time`,
		"clock: +20x\n":                                        `cosemu.yaml:2: clock: "+20x" is no offset`,
		"clock: 1764000000000\n":                               `cosemu.yaml:2: clock: "1764000000000" is neither a time`,
		"listen: 9000\n":                                       `cosemu.yaml:2: listen: "9000" is no host:port`,
		"listen: 'a:99999'\n":                                  `cosemu.yaml:2: listen: "a:99999": the port "99999" is no number`,
		"max_accounts: 0\n":                                    `cosemu.yaml:2: max_accounts: "0" is no number from 1 on`,
		"max_memory: 64\n":                                     `cosemu.yaml:2: max_memory: "64" is less than 1MiB`,
		"max_memory: -1GiB\n":                                  `cosemu.yaml:2: max_memory: "-1GiB" is no size, such as 64MiB or 2GiB`,
		"max_memory: 64 sheep\n":                               `cosemu.yaml:2: max_memory: "64 sheep" is no size, such as 64MiB or 2GiB`,
		"max_memory: 99999999EiB\n":                            `cosemu.yaml:2: max_memory: "99999999EiB" is no size, such as 64MiB or 2GiB`,
		"grace: 5\n":                                           `cosemu.yaml:2: grace: "5" is no duration`,
		"log_level: loud\n":                                    `cosemu.yaml:2: log_level: "loud" is none of`,
		"log_format: xml\n":                                    `cosemu.yaml:2: log_format: "xml" is neither text nor json`,
		"credentials: [{secret_key: hush}]\n":                  "cosemu.yaml:2: credentials[0].secret_id: the key id is missing",
		"credentials: [{secret_id: a, secret_key: 'hush '}]\n": "cosemu.yaml:2: credentials[0]: ",
		"credentials:\n- secret_id: a\n":                       "cosemu.yaml:3: credentials[0].secret_key: the secret is missing",
		"credentials: [{secret_id: a, secret_key: hush, appid: x}]\n":                                                      `cosemu.yaml:2: credentials[0].appid: "x" is no APPID`,
		"credentials: [{secret_id: a, secret_key: hush, expires: 2026-01-01}]\n":                                           `cosemu.yaml:2: credentials[0].expires: "2026-01-01" is no time`,
		"credentials: [{secret_id: a, secret_key: hush, expires: 1764000000}]\n":                                           `cosemu.yaml:2: credentials[0].expires: only temporary keys expire`,
		"credentials: [{secret_id: a, secret_key: [hush]}]\n":                                                              `cosemu.yaml:2: credentials[0].secret_key: want a text here, not a list`,
		"credentials:\n- {secret_id: a, secret_key: hush}\n- {secret_id: a, secret_key: hush}":                             `cosemu.yaml:4: credentials[1].secret_id: "a" is there twice`,
		"credentials: [{secret_id: a, secret_key: hush, uin: x}]\n":                                                        `cosemu.yaml:2: credentials[0].uin: "x" is no number`,
		"credentials: [{secret_id: a, secret_key: hush, policy: {version: 2.0}}]\n":                                        `cosemu.yaml:2: credentials[0].policy: policy: statement: `,
		"credentials: [{secret_id: a, secret_key: hush, policy: nowhere.json}]\n":                                          `cosemu.yaml:2: credentials[0].policy: open nowhere.json: `,
		"credentials: [{secret_id: a, secret_key: hush, policy: [x]}]\n":                                                   `cosemu.yaml:2: credentials[0].policy: want a policy here`,
		"credentials:\n- {secret_id: a, secret_key: hush, uin: 1}\n- secret_id: b\n  secret_key: hush\n  uin: 2\n":         `cosemu.yaml:6: credentials[1].uin: without owner_uin and policy, b belongs to the account`,
		"credentials: [{secret_id: a, secret_key: hush, uin: 1, owner_uin: 1, policy: {version: '2.0', statement: []}}]\n": `cosemu.yaml:2: credentials[0].policy: `,
		"credentials: [{secret_id: a, secret_key: hush, uin: 1}]\nroles:\n- arn: qcs::cam::uin/2:roleName/r\n":             `cosemu.yaml:4: roles[0]: the role is of the account's uin 2`,
		"roles: [{name: a, polcy: x}]\n":                                                                                   "cosemu.yaml:2: roles[0].polcy: unknown key; known here: arn, name, id, appid, owner_uin, policy, trusts",
		"roles: [{arn: a}]\n":                                                                                              "cosemu.yaml:2: roles[0].arn: a role is described as",
		"roles: [{name: a b}]\n":                                                                                           `cosemu.yaml:2: roles[0]: role "a b": `,
		"roles: [{name: a, trusts: [b]}]\n":                                                                                `cosemu.yaml:2: roles[0].trusts[0]: "b" is neither`,
		"roles: [{name: a}, {name: a}]\n":                                                                                  `cosemu.yaml:2: roles[1]: role "a" is there twice`,
		"roles: [{arn: 'qcs::cam::uin/1:role/2', id: 3}]\n":                                                                `cosemu.yaml:2: roles[0].arn: arn says something else`,
		"tokens: hex\n":          `cosemu.yaml:2: tokens: "hex" is neither url nor standard`,
		"region: ap-guangzhou\n": "cosemu.yaml:2: mapping key \"region\" already defined",
		"data: &x a\n":           "cosemu.yaml:2: data: cannot hold a YAML anchor",
		"data: !!binary aGk=\n":  "cosemu.yaml:2: data: cannot hold a YAML tag",
		"<<: {data: a}\n":        "cosemu.yaml:2: <<: a key must be a plain text",
		"data: {a\n":             "cosemu.yaml:",
		"---\nlisten: x:1\n":     "cosemu.yaml:3: ",
	} {
		got := refused(t, Sources{File: file(t, good+content)})
		require.Contains(t, got, want, "%q", content)
		require.NotContains(t, got, "hush", "a secret may be in the text")
		require.NotContains(t, got, "\n", "%q: one fault, one line", content)
	}
}

func TestFaultsNameFlagAndVariable(t *testing.T) {
	require.Equal(t, `--verify: "x" is neither enforce nor report`, refused(t, Sources{Flags: map[string][]string{"verify": {"x"}}}))
	require.Equal(t, `COSEMU_VERIFY: "" is neither enforce nor report`, refused(t, Sources{Env: []string{"COSEMU_VERIFY="}}))
	require.Contains(t, refused(t, Sources{Env: []string{"COSEMU_BUCKETS=a-1:r:acl"}}), `COSEMU_BUCKETS: buckets[0].acl: "acl" is none of`)
	require.Contains(t, refused(t, Sources{Flags: map[string][]string{"aliases": {"x"}}}), `--aliases: "x" is no host=bucket`)
	require.Contains(t, refused(t, Sources{Env: []string{"COSEMU_FSYNC=maybe"}}), `COSEMU_FSYNC: "maybe" is neither true nor false`)
	require.Contains(t, refused(t, Sources{Env: []string{"COSEMU_CREDENTIALS=[{secret_id: a, secret_key: b, uin: 1}, {secret_id: c, secret_key: d, uin: 2}]"}}),
		"COSEMU_CREDENTIALS: credentials[1].uin: ")
	for _, text := range []string{"hush", "a:b:c:hush", "[{secret_id: a, secretkey: hush}]", "[hush", "{hush}"} {
		got := refused(t, Sources{Env: []string{"COSEMU_CREDENTIALS=" + text}})
		require.Contains(t, got, "COSEMU_CREDENTIALS: ")
		require.NotContains(t, got, "hush")
	}
}

// A mistake in a place that another one overrides is still a mistake, and all
// are told at once.
func TestAllFaultsAreTold(t *testing.T) {
	_, err := Load(t, Sources{
		File:  file(t, "verify: x\nregion: X\n"),
		Env:   []string{"COSEMU_VERIFY=y"},
		Flags: map[string][]string{"verify": {"enforce"}, "grace": {"z"}},
	})
	var invalid *Invalid
	require.ErrorAs(t, err, &invalid)
	require.Len(t, invalid.Faults, 4)
	require.True(t, invalid.FromFlags())
	invalid.Faults = invalid.Faults[:3]
	require.False(t, invalid.FromFlags())
}

func TestAFileThatCannotBeRead(t *testing.T) {
	require.Contains(t, refused(t, Sources{File: "/does/not/exist.yaml"}), "/does/not/exist.yaml")
	require.Contains(t, refused(t, Sources{File: file(t, strings.Repeat("#", maxFile+1))}), "larger than")
}

func TestUnknownVariables(t *testing.T) {
	env := []string{
		"COSEMU_LISTEN=x", "COSEMU_LISTNE=x", "COSEMU_CONFIG=x", "COSEMU_SECRET_KEY=x", "HOME=x",
		"COSEMU_SERVICE_HOST=10.0.0.1", "COSEMU_PORT=tcp://x", "COSEMU_PORT_9000_TCP=x",
	}
	l, _, _ := newParser(t, env)
	require.Equal(t, []string{"COSEMU_LISTNE"}, l.UnknownVariables())
}

// FuzzFile: whatever a file holds, it is read, or refused with its place.
func FuzzFile(f *testing.F) {
	f.Add("listen: 127.0.0.1:0\nbuckets: [{name: a-1}]\n")
	f.Add("A:\nbuckets: !00 00")
	f.Add("credentials:\n- secret_id: &a x\n  secret_key: *a\n")
	f.Add("<<: {listen: x}\n")
	f.Add("aliases: {? [a, b] : c}\n")
	f.Fuzz(func(t *testing.T, content string) {
		doc, err := parse("f", []byte(content))
		if err != nil {
			var invalid *Invalid
			require.ErrorAs(t, err, &invalid)
			return
		}
		l, _, _ := newParser(t, nil)
		l.file = doc
		for _, flag := range l.Flags() {
			l.fromFile(nil, flag)
		}
		for _, fault := range append(l.faults(), doc.unknownKeys(l.Flags())...) {
			require.True(t, strings.HasPrefix(fault.Where, "f:"), fault.Where)
		}
	})
}

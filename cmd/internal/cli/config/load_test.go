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
		"tls_cert": {"/f", "/e", "/y", func(s Settings) any { return s.TLSCert }, "/f", "/e", "/y", ""},
		"tls_key":  {"/f", "/e", "/y", func(s Settings) any { return s.TLSKey }, "/f", "/e", "/y", ""},
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

package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestHelp(t *testing.T) {
	for _, c := range []struct {
		args []string
		says []string
	}{
		{[]string{"--help"}, []string{"serve", "presign", "why", "explain", "healthcheck", "version", "Exit codes"}},
		{[]string{"serve", "--help"}, []string{"--listen", "127.0.0.1:9000", "AKIDcosemuLocalUseOnlyNotARealKey000", "test-1250000000", "COSEMU_LOG_LEVEL", "--[no-]fsync"}},
		{[]string{"presign", "--help"}, []string{"COSEMU_SECRET_KEY", "--expires", "--curl"}},
		{[]string{"why", "--help"}, []string{"cosemu why last", "x-cos-request-id", "--json", "Exit codes"}},
		{[]string{"explain", "--help"}, []string{"COSEMU_SECRET_KEY", "--body 403.xml", "FormatString", "--prove", "Ctrl-D", "$LC_ALL", "Exit codes"}},
		{[]string{"healthcheck", "--help"}, []string{"--wait"}},
	} {
		o := command(nil, c.args...)
		require.Equal(t, exitOK, o.code)
		require.Empty(t, o.stderr)
		for _, want := range c.says {
			require.Contains(t, o.stdout, want)
		}
		require.NotContains(t, o.stdout, "%!", "a broken format")
	}
}

func TestVersion(t *testing.T) {
	o := command(nil, "version")
	require.Equal(t, exitOK, o.code)
	require.Regexp(t, `^cosemu \S+ \(go1\.\S+ \w+/\w+\)\n$`, o.stdout)

	cmd := exec.Command("go", "run", "-ldflags", "-X "+module+"/cmd/internal/cli.version=v9.8.7", module+"/cmd/cosemu", "version")
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.True(t, strings.HasPrefix(string(out), "cosemu v9.8.7 ("), "%s", out)
}

// TestShortWays: what people type before they know the grammar.
func TestShortWays(t *testing.T) {
	for short, long := range map[string]string{"--version": "version", "help": "--help", "help presign": "presign --help", "help policy check": "policy check --help"} {
		got, want := command(nil, strings.Fields(short)...), command(nil, strings.Fields(long)...)
		require.Equal(t, exitOK, got.code, short)
		require.Equal(t, want, got, short)
		require.NotEmpty(t, got.stdout, short)
	}
	week := command(nil, "presign", "--key=a", "--expires=7d", "--config="+writeFile(t, "c.yaml", "clock: 1767225600\n"))
	require.Contains(t, week.stdout, "q-sign-time=1767225600%3B1767830400&", "seven days of 86,400 seconds")
}

func TestBadFlags(t *testing.T) {
	for _, c := range []struct {
		args  []string
		says  string
		usage string
	}{
		{[]string{"--nope"}, "unknown flag --nope", "Usage: cosemu"},
		{[]string{"serve", "--nope"}, "unknown flag --nope", "Usage: cosemu serve"},
		{[]string{"nonsense"}, "unknown command nonsense\n", "cosemu help"},
		{[]string{"presing", "--key=a"}, `unknown command presing, did you mean "presign"?`, "cosemu help"},
		{[]string{"help", "presing"}, `unknown command presing, did you mean "presign"?`, "cosemu help"},
		{[]string{"presign", "--key=a", "--expires=7x"}, "such as 90s, 15m, 1h30m or 7d", "Usage: cosemu presign"},
		{[]string{"--verify=maybe"}, `--verify: "maybe" is neither enforce nor report`, "Usage: cosemu serve"},
		{[]string{"--clock", "-20m"}, `perhaps try --clock="-20m"`, "Usage: cosemu"},
		{[]string{"--buckets=a"}, "--buckets: buckets[0].name:", "Usage: cosemu serve"},
		{[]string{"presign"}, "missing flags: --key", "Usage: cosemu presign"},
		{[]string{"presign", "--key=a", "--header=b"}, `--header "b" is no name:value`, "Usage: cosemu presign"},
		{[]string{"presign", "--key=a", "--method=BREW"}, "--method must be one of", "Usage: cosemu presign"},
		{[]string{"presign", "--key=a", "--bucket=noappid"}, `--bucket "noappid":`, "Usage: cosemu presign"},
		{[]string{"presign", "--key=a", "--expires=-5m"}, "a second at least", "Usage: cosemu presign"},
		{[]string{"presign", "--key=a", "--expires=soon"}, "--expires", "Usage: cosemu presign"},
		{[]string{"presign", "--key=a", "--endpoint=ftp://x"}, `--endpoint "ftp://x" is no http://host:port`, "Usage: cosemu presign"},
		{[]string{"presign", "--key=a", "--endpoint=http://x", "--cloud"}, "can't be used together", "Usage: cosemu presign"},
		{[]string{"presign", "--key=a", "--secret-key=hush"}, "unknown flag --secret-key", "Usage: cosemu presign"},
	} {
		o := command(nil, c.args...)
		require.Equal(t, exitUsage, o.code, c.args)
		require.Empty(t, o.stdout, c.args)
		require.Contains(t, o.stderr, c.says)
		require.Contains(t, o.stderr, c.usage)
	}
}

func TestBadConfigurationNamesFileLineAndKey(t *testing.T) {
	file := writeFile(t, "cosemu.yaml", "region: ap-guangzhou\nbuckets:\n  - name: a-1250000000\n    acl: mine\nverify: x\n")
	for _, o := range []outcome{
		command(nil, "--config", file),
		command([]string{"COSEMU_CONFIG=" + file}),
		command([]string{"COSEMU_CONFIG=" + file}, "presign", "--key=a"),
		command([]string{"COSEMU_CONFIG=" + file}, "healthcheck"),
	} {
		require.Equal(t, exitUsage, o.code)
		require.Contains(t, o.stderr, `cosemu: cosemu.yaml:4: buckets[0].acl: "mine" is none of`)
		require.Contains(t, o.stderr, `cosemu: cosemu.yaml:5: verify: "x" is neither`)
		require.NotContains(t, o.stderr, "Usage", "the flags are not at fault")
		require.Empty(t, o.stdout)
	}
	o := command([]string{"COSEMU_GRACE=soon"})
	require.Equal(t, exitUsage, o.code)
	require.Contains(t, o.stderr, `cosemu: COSEMU_GRACE: "soon" is no duration`)
}

// The real binary hands on what Main returns.
func TestExitCodesOfTheBinary(t *testing.T) {
	for code, args := range map[int][]string{
		exitOK: {"version"}, exitFailed: {"healthcheck", "--console=127.0.0.1:1"}, exitUsage: {"--nope"},
	} {
		cmd := exec.Command(binary, args...)
		cmd.Env = []string{}
		_ = cmd.Run() // the code says it
		require.Equal(t, code, cmd.ProcessState.ExitCode(), args)
	}
}

// Both READMEs name every setting, by its key in the file.
func TestREADMEsNameEverySetting(t *testing.T) {
	p := &process{}
	_, err := newParser(p, nil)
	require.NoError(t, err)
	for _, name := range []string{"README.md", "README.zh-CN.md"} {
		text, err := os.ReadFile(filepath.Join("../../..", name))
		require.NoError(t, err)
		for _, flag := range p.settings.Flags() {
			key := strings.ReplaceAll(strings.TrimPrefix(flag.Name, flag.Tag.Prefix), "-", "_")
			require.Regexp(t, `\b`+key+`\b`, string(text), name)
		}
	}
}

// The flags of the settings and the grammar's are the same set.
func TestEverySettingIsAFlag(t *testing.T) {
	o := command(nil, "serve", "--help")
	p := &process{}
	_, err := newParser(p, nil)
	require.NoError(t, err)
	require.Len(t, p.settings.Flags(), 30)
	for _, flag := range p.settings.Flags() {
		require.Regexp(t, `(?m)^  --(\[no-\])?`+flag.Name+`\b`, o.stdout)
	}
}

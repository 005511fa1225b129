package cli

import (
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/alecthomas/kong"
	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/cmd/internal/cli/view"
)

// Every command, argument, flag and setting has its help in both languages, and
// the longer help is in both too.
func TestHelpInBothLanguages(t *testing.T) {
	p := &process{}
	parser, err := newParser(p, nil)
	require.NoError(t, err)
	both := func(what, en, zh string) {
		require.NotEmpty(t, en, what)
		require.True(t, strings.ContainsFunc(zh, unicode.IsLetter), "%s: %q", what, zh)
		require.NotContains(t, zh, "。。", what)
		require.Empty(t, wrongTerms(zh), what)
	}
	seen := 0
	require.NoError(t, kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		switch node := node.(type) {
		case *kong.Command:
			both(node.FullPath(), node.Help, node.Tag.Get("zh"))
			if d, ok := node.Target.Addr().Interface().(interface{ Details() (en, zh string) }); ok {
				en, zh := d.Details()
				both(node.FullPath(), en, zh)
				require.Len(t, examples(zh), len(examples(en)), node.FullPath())
				require.Equal(t, strings.Contains(en, "Exit codes"), strings.Contains(zh, "退出码"), node.FullPath())
			}
		case *kong.Flag:
			if node.Name != "help" { // the parser's own
				both("--"+node.Name, node.Help, node.Tag.Get("zh"))
			}
			seen++
		case *kong.Value:
			if node.Flag == nil {
				both(node.Name, node.Help, node.Tag.Get("zh"))
				seen++
			}
		}
		return next(nil)
	}))
	require.Greater(t, seen, 50)
}

// examples are the indented paragraphs.
func examples(text string) []string {
	return regexp.MustCompile(`(?m)^  \S.*$`).FindAllString(text, -1)
}

// Help follows the locale, and --lang before it. No line is wider than the
// terminal, and nothing is left to be filled in.
func TestHelpFollowsTheLocale(t *testing.T) {
	for _, args := range []string{
		"", "serve", "presign", "recipe", "why", "explain", "policy", "policy check", "healthcheck", "check", "rescue", "version",
		"put", "get", "ls", "rm", "cp", "requests", "clock", "clock get", "clock shift", "reset", "completion", "man", "account new",
	} {
		args := append(strings.Fields(args), "--help")
		english := command([]string{"COLUMNS=70"}, args...)
		chinese := command([]string{"LANG=zh_CN.UTF-8", "COLUMNS=70"}, args...)
		require.Equal(t, exitOK, chinese.code)
		require.Contains(t, english.stdout, "Usage: cosemu", args)
		require.Contains(t, chinese.stdout, "用法：cosemu", args)
		require.NotContains(t, chinese.stdout, "Usage")
		require.NotRegexp(t, `\$[${]|%!`, english.stdout+chinese.stdout)
		require.False(t, strings.ContainsFunc(english.stdout, isHan), args)
		for line := range strings.SplitSeq(chinese.stdout, "\n") {
			if !strings.HasPrefix(line, "   ") && !strings.HasPrefix(line, "用法") { // examples are to be copied
				require.LessOrEqual(t, view.Width(line), 70, line)
			}
		}
		require.Equal(t, chinese, command([]string{"COLUMNS=70"}, append(args, "--lang=zh")...))
		require.Equal(t, english, command([]string{"LC_ALL=zh_CN", "COLUMNS=70"}, append(args, "--lang=en")...))
	}
}

// Errors follow it too: those of the parser, of settings, and of commands.
func TestErrorsFollowTheLocale(t *testing.T) {
	for _, c := range []struct {
		args        []string
		says, usage string
	}{
		{[]string{"nonsense"}, "未知的命令 nonsense\n", `运行 "cosemu help"`},
		{[]string{"presing"}, `未知的命令 presing，是不是 "presign"？`, `运行 "cosemu help"`},
		{[]string{"--nope"}, "未知的选项 --nope\n", "用法：cosemu serve"},
		{[]string{"presign", "--key=a", "--grace=3s"}, "未知的选项 --grace\n", "用法：cosemu presign"},
		{[]string{"policy"}, `还需要 "check"`, "用法：cosemu policy"},
		{[]string{"why"}, `还需要 "<request-id>"`, "用法：cosemu why"},
		{[]string{"presign"}, "缺少选项：--key", "用法：cosemu presign"},
		{[]string{"presign", "--key=a", "--method=BREW"}, "--method 只能是", "用法：cosemu presign"},
		{[]string{"presign", "--key=a", "--endpoint=http://x", "--cloud"}, "不能同时使用", "用法：cosemu presign"},
		{[]string{"presign", "--key=a", "--bucket=noappid"}, `--bucket "noappid"：`, "用法：cosemu presign"},
		{[]string{"--clock", "-20m"}, `可以试试 --clock="-20m"`, "用法：cosemu serve"},
		{[]string{"--verify=maybe"}, `--verify: "maybe" 既不是 enforce 也不是 report`, "用法：cosemu serve"},
		{[]string{"check"}, "需要用 --data 指定数据目录", "用法：cosemu check"},
		{[]string{"why", "x"}, `"x" 不是 RequestId`, "用法：cosemu why"},
	} {
		o := command([]string{"LANG=zh_CN.UTF-8"}, c.args...)
		require.Equal(t, exitUsage, o.code, c.args)
		require.Contains(t, o.stderr, c.says, c.args)
		require.Contains(t, o.stderr, c.usage, c.args)
		require.False(t, strings.ContainsFunc(command(nil, c.args...).stderr, isHan), c.args)
	}
	o := command([]string{"LANG=zh_CN.UTF-8", "COSEMU_GRACE=soon"})
	require.Contains(t, o.stderr, `cosemu: COSEMU_GRACE: "soon" 不是时长，例如 30s`)
	o = command([]string{"LANG=zh_CN.UTF-8"}, "healthcheck", "--console=127.0.0.1:1")
	require.Equal(t, exitFailed, o.code)
	o = command([]string{"LANG=zh_CN.UTF-8"}, "why", "last", "--console=127.0.0.1:1")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "127.0.0.1:1 上没有 cosemu 响应")
}

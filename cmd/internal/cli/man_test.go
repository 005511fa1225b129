package cli

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestManualPage: man itself shows every command and flag, and mandoc finds nothing wrong.
func TestManualPage(t *testing.T) {
	english := command(nil, "man")
	require.Equal(t, exitOK, english.code)
	for _, want := range []string{`.SS "cosemu put <file> <bucket/key> [flags]"`, `\-\-log\-level`, "cosemu why last"} {
		require.Contains(t, english.stdout, want)
	}
	require.False(t, strings.ContainsFunc(english.stdout, isHan))
	chinese := command([]string{"LANG=zh_CN.UTF-8"}, "man")
	require.Contains(t, chinese.stdout, "本地的腾讯云 COS 模拟器")

	t.Run("mandoc", func(t *testing.T) {
		for _, page := range []outcome{english, chinese} {
			out := through(t, page.stdout, "mandoc", "-T", "lint", "-W", "warning")
			// Without a date the page is the same whenever it is built.
			require.LessOrEqual(t, strings.Count(out, "\n"), 1, out)
			if out != "" {
				require.Contains(t, out, "missing date")
			}
		}
	})
	t.Run("man", func(t *testing.T) {
		out := through(t, english.stdout, "man", "-l", "-")
		for _, want := range []string{"cosemu - a local Tencent Cloud COS emulator", "--[no-]strict-path-style", "cosemu clock freeze", "$COSEMU_SECRET_KEY"} {
			require.Contains(t, out, want)
		}
	})
}

// through runs a program on a text and returns all that it prints.
func through(t *testing.T, text, name string, args ...string) string {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		t.Skip("there is no " + name + " here")
	}
	cmd := exec.Command(program, args...)
	cmd.Stdin = strings.NewReader(text)
	cmd.Env = []string{"MANWIDTH=100", "LANG=C.UTF-8", "PATH=/usr/bin:/bin", "MANPAGER=cat", "TERM=dumb"}
	out, err := cmd.CombinedOutput()
	if name == "man" {
		require.NoError(t, err, "%s", out)
	}
	return string(out)
}

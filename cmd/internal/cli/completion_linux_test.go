package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCandidates(t *testing.T) {
	for line, want := range map[string]string{
		"":                              "serve put why get ls rm cp",
		"hea":                           "healthcheck",
		"clock ":                        "get set freeze shift advance reset",
		"clock fr":                      "freeze",
		"put --re":                      "--ready-file --recursive",
		"--log-":                        "--log-format --log-level",
		"why --log-":                    "", // flags that the command does not take
		"presign --method ":             "GET PUT HEAD DELETE POST",
		"presign --method=D":            "--method=DELETE",
		"presign --method = D":          "--method=DELETE", // as bash takes it apart
		"presign --method PUT --curl -": "--help --config",
		"completion ":                   "bash zsh fish",
		"put a":                         "",
		"put -- --re":                   "",
		"nonsense ":                     "serve put",
	} {
		o := command(nil, append([]string{completing}, strings.Split(line, " ")...)...)
		require.Equal(t, exitOK, o.code, o.stderr)
		var words []string
		for l := range strings.Lines(o.stdout) {
			word, help, _ := strings.Cut(strings.TrimSuffix(l, "\n"), "\t")
			require.NotContains(t, help, "\t")
			words = append(words, word)
		}
		require.True(t, strings.HasPrefix(strings.Join(words, " ")+" ", want+" ") || want == "" && words == nil, "%q: %q", line, words)
	}
	require.Contains(t, command([]string{"LANG=zh_CN.UTF-8"}, completing, "rm").stdout, "rm\t删除")
}

// TestCompletionInRealShells types into each shell, with a tab in the middle of words.
func TestCompletionInRealShells(t *testing.T) {
	for name, c := range map[string]struct{ args, setUp []string }{
		"bash": {[]string{"--norc", "--noprofile", "-i"}, []string{"source <(cosemu completion bash)"}},
		"zsh":  {[]string{"-f", "-i"}, []string{"autoload -U compinit; compinit -u", "source <(cosemu completion zsh)"}},
		"fish": {[]string{"--no-config", "-i"}, []string{"cosemu completion fish | source"}},
	} {
		t.Run(name, func(t *testing.T) {
			shell, err := exec.LookPath(name)
			if err != nil {
				t.Skip("there is no " + name + " here")
			}
			x := openTerminal(t, 200)
			home := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(home, "only-file.txt"), nil, 0o600))
			cmd := exec.Command(shell, c.args...)
			cmd.Dir = home
			cmd.Stdin, cmd.Stdout, cmd.Stderr = x.tty, x.tty, x.tty
			cmd.Env = []string{"PATH=" + filepath.Dir(binary) + ":" + os.Getenv("PATH"), "HOME=" + home, "TERM=xterm", "LANG=C.UTF-8"}
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			require.NoError(t, cmd.Start())
			t.Cleanup(func() { _ = cmd.Process.Kill() }) // it has ended already, when all went well
			marks := 0
			do := func(line string) {
				t.Helper()
				marks++
				// The marker is computed, so that its echo is no answer.
				mark := filepath.Join(home, "mark-"+string(rune('0'+marks)))
				x.types(line + "\r")
				x.types("echo >" + mark + "\r")
				require.Eventually(t, func() bool { _, err := os.Stat(mark); return err == nil }, patience, 10*time.Millisecond, line)
			}
			output := func(line string) string {
				t.Helper()
				do(line + " >out 2>&1")
				text, err := os.ReadFile(filepath.Join(home, "out"))
				require.NoError(t, err)
				return string(text)
			}
			for _, line := range c.setUp {
				do(line)
			}
			require.Contains(t, output("cosemu vers\t"), "(go1.")
			require.Contains(t, output("cosemu completion fi\t"), "# fish completion")
			require.Contains(t, output("cosemu vers\t--la\tzh --he\t"), "用法")
			require.Contains(t, output("cosemu presign --key=a --method=DEL\t--curl"), "DELETE")
			require.Contains(t, output("cosemu why only-\t"), `"only-file.txt" is no request id`)
			x.types("exit\r")
			require.NoError(t, cmd.Wait())
		})
	}
}

package cli

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A terminal is a real one, with the other end in the test's hands.
type terminal struct {
	t       *testing.T
	far     *os.File // what a person sees and types
	tty     *os.File // what the command has
	printed chan string
}

func openTerminal(t *testing.T, columns uint16) *terminal {
	t.Helper()
	far, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Skip("there are no pseudo terminals here: ", err)
	}
	require.NoError(t, unix.IoctlSetPointerInt(int(far.Fd()), unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(int(far.Fd()), unix.TIOCGPTN)
	require.NoError(t, err)
	tty, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	require.NoError(t, err)
	require.NoError(t, unix.IoctlSetWinsize(int(tty.Fd()), unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: columns}))
	x := &terminal{t: t, far: far, tty: tty, printed: make(chan string, 1)}
	go func() {
		var all bytes.Buffer
		_, _ = io.Copy(&all, far) // ends with an error once the other end is closed
		x.printed <- strings.ReplaceAll(all.String(), "\r\n", "\n")
	}()
	t.Cleanup(func() {
		_ = tty.Close() // closed already, when all went well
		require.NoError(t, far.Close())
	})
	return x
}

// shown hangs up and returns all that was to be seen.
func (x *terminal) shown() string {
	x.t.Helper()
	require.NoError(x.t, x.tty.Close())
	select {
	case s := <-x.printed:
		return s
	case <-time.After(patience):
		require.Fail(x.t, "the terminal does not hang up")
		return ""
	}
}

func (x *terminal) types(s string) {
	x.t.Helper()
	_, err := io.WriteString(x.far, s)
	require.NoError(x.t, err)
}

// awaitHiding waits until the terminal does not show what is typed.
func (x *terminal) awaitHiding() {
	x.t.Helper()
	require.Eventually(x.t, func() bool {
		mode, err := unix.IoctlGetTermios(int(x.tty.Fd()), unix.TCGETS)
		return err == nil && mode.Lflag&unix.ECHO == 0
	}, patience, time.Millisecond)
}

var escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")

func TestPagesOnATerminal(t *testing.T) {
	o := command(nil, "presign", "--key=照片/a.jpg", "--header=content-type: image/jpeg")
	require.Equal(t, exitOK, o.code, o.stderr)
	args := []string{"explain", strings.TrimSpace(o.stdout), "--header=Content-Type: text/html"}
	for name, c := range map[string]struct {
		columns  uint16
		env      []string
		coloured bool
	}{
		"wide":         {120, []string{"TERM=xterm"}, true},
		"narrow":       {44, []string{"TERM=xterm", "LANG=zh_CN.UTF-8"}, true},
		"no colour":    {120, []string{"TERM=xterm", "NO_COLOR=1"}, false},
		"dumb":         {120, []string{"TERM=dumb"}, false},
		"COLUMNS lies": {90, []string{"TERM=xterm", "COLUMNS=300"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			x := openTerminal(t, c.columns)
			var stderr bytes.Buffer
			require.Equal(t, exitOK, Main(args, c.env, strings.NewReader(""), x.tty, &stderr), stderr.String())
			out := x.shown()
			require.Equal(t, c.coloured, strings.Contains(out, "\x1b["))
			require.Equal(t, !c.coloured, strings.Contains(out, "^^^"), "marked one way or the other")
			plain := escapes.ReplaceAllString(out, "")
			require.Contains(t, plain, "image%2Fjpeg")
			longest := 0
			for line := range strings.Lines(plain) {
				longest = max(longest, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")))
			}
			require.LessOrEqual(t, longest, int(c.columns))
			require.Greater(t, longest, int(c.columns)/2)
		})
	}
}

func TestTheSecretIsAskedFor(t *testing.T) {
	o := command([]string{"COSEMU_SECRET_KEY=hush-asked-for"}, "presign", "--key=a", "--secret-id=AKIDasked")
	require.Equal(t, exitOK, o.code, o.stderr)
	url := strings.TrimSpace(o.stdout)
	for name, pasted := range map[string]bool{"the URL as an argument": false, "the URL pasted": true} {
		t.Run(name, func(t *testing.T) {
			x := openTerminal(t, 100)
			args := []string{"explain", "--prove"}
			if !pasted {
				args = append(args, url)
			}
			var stdout buffer
			done := make(chan int, 1)
			go func() { done <- Main(args, []string{"COLUMNS=100"}, x.tty, &stdout, x.tty) }()
			if pasted {
				x.types(url + "\n\x04") // the end of input, as Ctrl-D gives it
			}
			x.awaitHiding()
			x.types("hush-asked-for\n")
			select {
			case code := <-done:
				require.Equal(t, exitOK, code)
			case <-time.After(patience):
				require.Fail(t, "it waits for ever")
			}
			seen := x.shown()
			require.Contains(t, seen, `SecretKey of "AKIDasked" (it is not shown): `)
			require.Equal(t, pasted, strings.Contains(seen, "Paste a URL"))
			require.Contains(t, stdout.String(), "Nothing is wrong: the signature is right")
			require.NotContains(t, seen+stdout.String(), "hush")
		})
	}
}

// Without --prove nobody is asked for a secret.
func TestNobodyIsAsked(t *testing.T) {
	x := openTerminal(t, 100)
	var stdout bytes.Buffer
	require.Equal(t, exitOK, Main([]string{"explain", "https://h/k?q-ak=AKIDx&q-signature=0"}, nil, x.tty, &stdout, x.tty))
	require.Empty(t, x.shown())
	require.Contains(t, stdout.String(), "give --prove")
}

// TestRemovingIsAskedFor: at a terminal "rm -r" asks, and a bar shows how far an upload is.
func TestRemovingIsAskedFor(t *testing.T) {
	c := &client{served: serveBinary(t)}
	file := writeFile(t, "a.bin", strings.Repeat("x", 1<<20))
	at := func(typed string, args ...string) (string, int) {
		x := openTerminal(t, 100)
		done := make(chan int, 1)
		x.types(typed)
		go func() { done <- Main(args, []string{"COSEMU_READY_FILE=" + c.readyFile}, x.tty, x.tty, x.tty) }()
		select {
		case code := <-done:
			return x.shown(), code
		case <-time.After(patience):
			require.Fail(t, "it waits for ever")
			return "", 0
		}
	}
	seen, code := at("", "put", file, "test/d/a")
	require.Equal(t, exitOK, code, seen)
	require.Regexp(t, `a +\d+% \|`, seen)
	require.Contains(t, seen, "uploaded test-1250000000/d/a (1048576 bytes)")
	require.NotContains(t, c.run(nil, "put", file, "test/d/a").stderr, "%", "no bar in a pipe")

	for _, answer := range []string{"n\n", "\n", "\x04"} {
		seen, code = at(answer, "rm", "-r", "test/d")
		require.Equal(t, exitFailed, code)
		require.Contains(t, seen, "Remove all objects below test-1250000000/d?")
		require.Equal(t, []string{"d/a"}, c.keys("test"))
	}
	seen, code = at("y\n", "rm", "-r", "test/d")
	require.Equal(t, exitOK, code, seen)
	require.Contains(t, seen, "removed test-1250000000/d/a")
	require.Empty(t, c.keys("test"))
}

package storage_test

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// childFolder names, in the environment of a child, the data folder to work on.
const childFolder = "COSEMU_TEST_STORAGE_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		child(dir)
	}
	os.Exit(m.Run())
}

// child writes to a store until it is killed, and tells what was acknowledged.
func child(dir string) {
	s, err := storage.OpenDisk(dir, storage.Options{})
	if err == nil {
		_ = s.CreateBucket(storage.Bucket{Name: "b"}) // there after the first time
		err = openVersionBucket(s)
	}
	if err == nil {
		for _, kind := range []string{"x", "log"} { // under a new key each time
			go func() {
				write, key := writeVersions, fmt.Sprint(kind, os.Getpid())
				if kind == "log" {
					write = writeLog
				}
				err := write(s, key, func(int) {}, func(n int) { fmt.Fprintf(os.Stdout, "%s %d\n", key, n) })
				fmt.Fprintln(os.Stderr, err)
				os.Exit(1)
			}()
		}
		for w := range 4 {
			go func() {
				for n := 1; ; n++ {
					store := commit
					if w%2 == 1 {
						store = commitInParts
					}
					if err := store(s, fmt.Sprint(w), versioned(n, sizeOf(n))); err != nil {
						fmt.Fprintln(os.Stderr, err)
						os.Exit(1)
					}
					// One write a line, or lines of two could mix.
					fmt.Fprintf(os.Stdout, "%d %d\n", w, n)
				}
			}()
		}
		select {}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// TestKill9 kills a process that writes to a store, several times over the same
// folder. What it was told is stored is there, whole.
func TestKill9(t *testing.T) {
	dir := t.TempDir()
	rnd := rand.New(rand.NewPCG(9, 10))
	for range 5 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childFolder+"="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		last := map[string]int{}
		lines := bufio.NewScanner(out)
		for lots := 200 + rnd.IntN(500); lots > 0 || len(last) < 4+2; lots-- {
			require.True(t, lines.Scan())
			note(t, last, lines.Text())
		}
		_, err = storage.OpenDisk(dir, storage.Options{})
		require.ErrorIs(t, err, storage.ErrLocked)
		require.ErrorContains(t, err, dir)
		require.NoError(t, cmd.Process.Kill())
		for lines.Scan() { // what it had still been told
			note(t, last, lines.Text())
		}
		_, _ = io.Copy(io.Discard, out)
		require.Error(t, cmd.Wait())

		s := reopen(t, dir)
		require.NoError(t, storage.Check(s))
		require.Len(t, last, 4+2)
		for key, n := range last {
			switch key[0] {
			case 'x':
				checkVersions(t, s, key, n, n+1)
				continue
			case 'l':
				checkLog(t, s, key, n, n+1)
				continue
			}
			body := getBody(t, s, "b", key)
			require.NoError(t, whole(body))
			var got int
			_, err := fmt.Sscanf(string(body[:8]), "%d", &got)
			require.NoError(t, err)
			require.Contains(t, []int{n, n + 1}, got, key)
		}
		require.NoError(t, s.Close())
	}
}

func note(t *testing.T, last map[string]int, line string) {
	t.Helper()
	var key string
	var n int
	if _, err := fmt.Sscanf(line, "%s %d", &key, &n); err == nil { // the last may be cut
		last[key] = n
	}
}

package storage_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"testing"
	"time"

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
		go func() {
			err := writeCopies(s, func(n int) { fmt.Fprintf(os.Stdout, "c %d\n", n) })
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}()
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

// writeCopies replaces an object, copies it to another key, and deletes the copy
// every other time.
func writeCopies(s *storage.Store, done func(n int)) error {
	for n := 1; ; n++ {
		if err := commit(s, "c", versioned(n, sizeOf(n))); err != nil {
			return err
		}
		r, err := s.Open("b", "c")
		if err != nil {
			return err
		}
		st, err := s.Stage(r.Size)
		if err == nil {
			_, err = r.CopyN(st, r.Size)
		}
		if err == nil {
			_, err = st.Commit("b", storage.Object{Key: "copy"}, storage.CommitOptions{})
		}
		if err == nil && n%2 == 1 {
			_, err = s.Delete("b", "copy", time.Now())
		}
		if err := errors.Join(err, r.Close()); err != nil {
			return err
		}
		done(n)
	}
}

// checkCopy holds the copy against what was acknowledged last.
func checkCopy(t *testing.T, s *storage.Store, n int) {
	t.Helper()
	r, err := s.Open("b", "copy")
	if errors.Is(err, storage.ErrNoObject) {
		return // deleted with n, or with the next
	}
	require.NoError(t, err)
	body, err := io.ReadAll(r)
	require.NoError(t, errors.Join(err, r.Close()))
	require.NoError(t, whole(body))
	allowed := []string{fmt.Sprintf("%08d", n+1)}
	if n%2 == 0 {
		allowed = append(allowed, fmt.Sprintf("%08d", n))
	}
	require.Contains(t, allowed, string(body[:8]))
}

// TestKill9 kills a process that writes to a store, twenty times over the same
// folder. What it was told is stored is there, whole.
func TestKill9(t *testing.T) {
	dir := t.TempDir()
	rnd := rand.New(rand.NewPCG(9, 10))
	for range 20 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childFolder+"="+dir)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, cmd.Start())
		last := map[string]int{}
		lines := bufio.NewScanner(out)
		for lots := 200 + rnd.IntN(500); lots > 0 || len(last) < 4+3; lots-- {
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

		s, log := warned(t, dir)
		require.Empty(t, log)
		require.NoError(t, storage.Check(s))
		require.Len(t, last, 4+3)
		for key, n := range last {
			switch key[0] {
			case 'x':
				checkVersions(t, s, key, n, n+1)
				continue
			case 'l':
				checkLog(t, s, key, n, n+1)
				continue
			case 'c':
				checkCopy(t, s, n)
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

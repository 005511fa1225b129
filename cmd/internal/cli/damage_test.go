package cli

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/storage"
)

// tabled makes a data folder whose index has a table of a few hundred KiB.
func tabled(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	s, err := storage.OpenDisk(dir, storage.Options{})
	require.NoError(t, err)
	require.NoError(t, s.CreateBucket(storage.Bucket{Name: "test-1250000000", Region: "ap-guangzhou", Owner: "1250000000", ACL: "public-read-write"}))
	for n := range 3000 {
		st, err := s.Stage(0)
		require.NoError(t, err)
		_, err = st.Commit("test-1250000000", storage.Object{Key: fmt.Sprintf("%04d", n), ETag: strings.Repeat("e", 32)}, storage.CommitOptions{})
		require.NoError(t, err)
	}
	require.NoError(t, s.Close())
	s, err = storage.OpenDisk(dir, storage.Options{}) // the log becomes a table
	require.NoError(t, err)
	require.NoError(t, s.Close())
	return dir
}

// flipIn spoils a byte in the last file of the index whose name fits.
func flipIn(t *testing.T, dir, pattern string, at func(size int) int) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "index", pattern))
	require.NoError(t, err)
	require.NotEmpty(t, names)
	name := names[len(names)-1]
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	b[at(len(b))] ^= 0x01
	require.NoError(t, os.WriteFile(name, b, 0o600))
}

func middle(size int) int { return size / 2 }

// TestStartDamaged starts on folders whose index is damaged: one line says so, and
// what to do.
func TestStartDamaged(t *testing.T) {
	for name, spoil := range map[string]func(dir string){
		"log":           func(dir string) { flipIn(t, dir, "*.log", middle) },
		"manifest":      func(dir string) { flipIn(t, dir, "MANIFEST-*", middle) },
		"table's end":   func(dir string) { flipIn(t, dir, "*.sst", func(size int) int { return size - 3 }) },
		"table's start": func(dir string) { flipIn(t, dir, "*.sst", func(int) int { return 50 }) },
		"no index":      func(dir string) { require.NoError(t, os.RemoveAll(filepath.Join(dir, "index"))) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := tabled(t)
			spoil(dir)
			o := command(nil, "serve", "--listen=127.0.0.1:0", "--console=127.0.0.1:0", "--data="+dir)
			require.Equal(t, exitFailed, o.code)
			require.Empty(t, o.stdout)
			require.Regexp(t, `^cosemu: data: \S+ is damaged: .+ cosemu check --data \S+ .+ cosemu rescue --data \S+ .+\n$`, o.stderr)
			require.Equal(t, 1, strings.Count(o.stderr, "\n"), o.stderr)
		})
	}
}

// TestTableDamagedUnderServer spoils a table that a server reads from: what stands
// in it is answered 500, health says so, and the log does, once.
func TestTableDamagedUnderServer(t *testing.T) {
	dir := tabled(t)
	s := serveHere(t, nil, "--data="+dir)
	url := "http://" + s.ready.Listen + "/test-1250000000/"
	status, _ := send(t, http.MethodGet, "http://"+s.ready.Console+"/healthz", "")
	require.Equal(t, http.StatusOK, status)

	flipIn(t, dir, "*.sst", middle)
	failed := 0
	for n := 0; n < 3000; n += 10 {
		switch status, body := send(t, http.MethodGet, fmt.Sprintf("%s%04d", url, n), ""); status {
		case http.StatusOK:
		default:
			require.Equal(t, http.StatusInternalServerError, status)
			require.Contains(t, body, "<Code>InternalError</Code>")
			failed++
		}
	}
	require.Positive(t, failed, "the test read nothing of the table")
	status, body := send(t, http.MethodGet, "http://"+s.ready.Console+"/healthz", "")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Contains(t, body, `"status":"failing"`)
	require.Contains(t, body, "does not hold what was written")
	require.Equal(t, 1, strings.Count(s.stderr.String(), "does not hold what was written; stop the server"))
	s.signal(os.Interrupt)
	require.Equal(t, exitOK, s.end(), s.stderr)
}

// TestFolderRemovedUnderServer takes the data folder away from a server: from
// then on nothing is acknowledged.
func TestFolderRemovedUnderServer(t *testing.T) {
	for name, remove := range map[string]func(dir string) error{
		"removed":       os.RemoveAll,
		"renamed":       func(dir string) error { return os.Rename(dir, dir+".old") },
		"index removed": func(dir string) error { return os.RemoveAll(filepath.Join(dir, "index")) },
		"blobs removed": func(dir string) error { return os.RemoveAll(filepath.Join(dir, "blobs")) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			s := serveHere(t, nil, "--data="+dir, "--buckets=test-1250000000:ap-guangzhou:public-read-write")
			url := "http://" + s.ready.Listen + "/test-1250000000/"
			status, body := send(t, http.MethodPut, url+"before", "body")
			require.Equal(t, http.StatusOK, status, body)

			require.NoError(t, remove(dir))
			for n := range 20 { // each in another folder of bodies
				status, _ := send(t, http.MethodPut, fmt.Sprint(url, n), "body")
				require.Equal(t, http.StatusInternalServerError, status)
			}
			status, _ = send(t, http.MethodGet, url+"before", "")
			if name != "index removed" {
				require.Equal(t, http.StatusInternalServerError, status)
			}
			status, body = send(t, http.MethodGet, "http://"+s.ready.Console+"/healthz", "")
			require.Equal(t, http.StatusServiceUnavailable, status)
			require.Contains(t, body, "removed or replaced")
			require.Equal(t, 1, strings.Count(s.stderr.String(), "level=ERROR msg=\"storage: the data folder")+
				strings.Count(s.stderr.String(), "ERR storage: the data folder"), s.stderr.String())
			if name == "removed" {
				require.NoDirExists(t, dir, "nothing was made anew")
			}
		})
	}
}

// TestCheckAndRescue checks a folder, sound and damaged, rescues it and serves it.
func TestCheckAndRescue(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := serveHere(t, nil, "--data="+dir, "--buckets=test-1250000000:ap-guangzhou:public-read-write")
	url := "http://" + s.ready.Listen + "/test-1250000000/"
	for n := range 5 {
		status, _ := send(t, http.MethodPut, fmt.Sprint(url, n), strings.Repeat("body", 100+n), "Content-Type", "text/css")
		require.Equal(t, http.StatusOK, status)
	}
	o := command(nil, "check", "--data="+dir)
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "stop it first")
	s.signal(os.Interrupt)
	require.Equal(t, exitOK, s.end())

	o = command(nil, "check")
	require.Equal(t, exitUsage, o.code)
	o = command(nil, "check", "--data="+t.TempDir())
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "no data folder")
	o = command(nil, "check", "--data="+dir)
	require.Equal(t, exitOK, o.code, o.stdout+o.stderr)
	require.Equal(t, "5 bodies with 2040 bytes are whole\n"+dir+" is sound\n", o.stdout)
	o = command(nil, "rescue", "--data="+dir)
	require.Equal(t, exitOK, o.code)
	require.Contains(t, o.stdout, "nothing was changed")

	flipIn(t, dir, "*.log", middle)
	o = command([]string{"COSEMU_DATA=" + dir}, "check")
	require.Equal(t, exitDamaged, o.code)
	require.Contains(t, o.stdout, "is damaged\n")
	require.Empty(t, o.stderr)
	o = command([]string{"LANG=zh_CN.UTF-8"}, "check", "--data="+dir)
	require.Contains(t, o.stdout, "已损坏")
	o = command(nil, "rescue", "--data="+dir)
	require.Equal(t, exitOK, o.code, o.stderr)
	require.Contains(t, o.stdout, dir+" opens again\n")
	o = command(nil, "check", "--data="+dir)
	require.Equal(t, exitOK, o.code, o.stdout)

	s = serveHere(t, nil, "--data="+dir, "--buckets=test-1250000000:ap-guangzhou:public-read-write,rescued-1250000000:ap-guangzhou:public-read")
	for n := range 5 {
		want := strings.Repeat("body", 100+n)
		status, body := send(t, http.MethodGet, fmt.Sprint("http://", s.ready.Listen, "/test-1250000000/", n), "")
		if status != http.StatusOK {
			status, body = send(t, http.MethodGet, fmt.Sprint("http://", s.ready.Listen, "/rescued-1250000000/test-1250000000/", n), "")
		}
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, want, body)
	}
}

// TestBodyDamagedUnderServer flips a bit of a body: a GET of all of it is cut off,
// the log and the health check name the object, and health stays 200 (choice 360).
func TestBodyDamagedUnderServer(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := serveHere(t, nil, "--data="+dir, "--buckets=test-1250000000:ap-guangzhou:public-read-write")
	url := "http://" + s.ready.Listen + "/test-1250000000/"
	for _, key := range []string{"spoilt", "sound"} {
		status, _ := send(t, http.MethodPut, url+key, strings.Repeat("body", 1<<18))
		require.Equal(t, http.StatusOK, status)
		if key == "sound" {
			break
		}
		files, err := filepath.Glob(filepath.Join(dir, "blobs", "*", "*", "*"))
		require.NoError(t, err)
		require.Len(t, files, 1)
		b, err := os.ReadFile(files[0])
		require.NoError(t, err)
		b[500_000] ^= 1
		require.NoError(t, os.WriteFile(files[0], b, 0o600))
	}
	for range 2 {
		res, err := http.Get(url + "spoilt")
		require.NoError(t, err)
		n, err := io.Copy(io.Discard, res.Body)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
		require.Less(t, n, int64(1<<20))
		require.NoError(t, res.Body.Close())
	}
	status, body := send(t, http.MethodGet, url+"sound", "")
	require.Equal(t, http.StatusOK, status)
	require.Len(t, body, 1<<20)
	status, body = send(t, http.MethodGet, "http://"+s.ready.Console+"/healthz", "")
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, body, `"key":"spoilt"`)
	require.Equal(t, 1, strings.Count(s.stderr.String(), "an object is damaged"))
	status, _ = send(t, http.MethodPut, url+"spoilt", "again")
	require.Equal(t, http.StatusOK, status)
	_, body = send(t, http.MethodGet, "http://"+s.ready.Console+"/healthz", "")
	require.NotContains(t, body, "spoilt")
}

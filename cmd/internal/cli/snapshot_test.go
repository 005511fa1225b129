package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSnapshotBetweenServers: what one server saved another one loads, objects, settings and all.
func TestSnapshotBetweenServers(t *testing.T) {
	a, b := &client{served: serveBinary(t)}, &client{served: serveBinary(t, "--data="+t.TempDir())}
	dir := t.TempDir()
	big := filepath.Join(dir, "big")
	require.NoError(t, os.WriteFile(big, noise(20<<20), 0o600))
	a.ok("put", big, "test/", "--header=x-cos-meta-owner: me")
	a.ok("put", writeFile(t, "a.txt", "hello"), "test/dir/")
	const cors = `<CORSConfiguration><CORSRule><AllowedOrigin>http://a.test</AllowedOrigin><AllowedMethod>PUT</AllowedMethod></CORSRule></CORSConfiguration>`
	status, body := send(t, "PUT", a.presignQuery("PUT", "", "cors"), cors)
	require.Equal(t, 200, status, body)

	file := filepath.Join(dir, "saved.tar")
	require.Contains(t, a.ok("snapshot", "save", file), "saved "+file)
	first, err := os.ReadFile(file)
	require.NoError(t, err)
	require.True(t, bytes.Equal(first, []byte(a.ok("snapshot", "save", "-"))), "the same state, the same bytes")

	require.Equal(t, "test-1250000000\nloaded 2 objects (20971525 bytes)\n", b.ok("snapshot", "load", file))
	require.Equal(t, []string{"big", "dir/a.txt"}, b.keys("test"))
	require.True(t, bytes.Equal(noise(20<<20), []byte(b.ok("get", "test/big", "-"))))
	status, body = send(t, "GET", b.presignQuery("GET", "", "cors"), "")
	require.Equal(t, 200, status)
	require.Contains(t, body, "http://a.test")
	require.True(t, bytes.Equal(first, []byte(b.ok("snapshot", "save", "-"))))

	// A bucket that is not empty is replaced only when that is said.
	b.ok("rm", "test/big")
	require.Contains(t, b.fails(exitFailed, "snapshot", "load", file), "--replace")
	require.Equal(t, []string{"dir/a.txt"}, b.keys("test"))
	b.ok("snapshot", "load", file, "--replace")
	require.Equal(t, []string{"big", "dir/a.txt"}, b.keys("test"))

	// A damaged file changes nothing; that one was whole says the load before.
	damaged := bytes.Clone(first)
	damaged[len(damaged)/2] ^= 1
	o := b.run(bytes.NewReader(damaged), "snapshot", "load", "-", "--replace")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "no whole snapshot")
	require.Equal(t, []string{"big", "dir/a.txt"}, b.keys("test"))
	b.fails(exitFailed, "snapshot", "load", filepath.Join(dir, "none"))
	b.fails(exitFailed, "snapshot", "load", file, "--account=77")
	b.fails(exitUsage, "snapshot", "load")

	// What cannot be saved leaves no file, and one that is there as it was.
	a.fails(exitFailed, "snapshot", "save", filepath.Join(dir, "none.tar"), "--account=77")
	a.fails(exitFailed, "snapshot", "save", filepath.Join(dir, "none", "x.tar"))
	a.fails(exitFailed, "snapshot", "save", file, "--console=127.0.0.1:1", "--ready-file=")
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	hidden, err := filepath.Glob(filepath.Join(dir, ".*"))
	require.NoError(t, err)
	require.Equal(t, []string{big, file}, append(names, hidden...))
	still, err := os.ReadFile(file)
	require.NoError(t, err)
	require.True(t, bytes.Equal(first, still))
}

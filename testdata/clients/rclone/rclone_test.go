package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// remote is a bucket in a running emulator, as rclone sees it.
type remote struct {
	t      *testing.T
	config string // the path of rclone.conf
	bucket string
}

// theRemote writes a rclone.conf as rclone's page on Tencent COS has it. Settings are lines to add.
func theRemote(t *testing.T, settings ...string) remote {
	t.Helper()
	get := func(name string) string {
		v := os.Getenv(name)
		require.NotEmpty(t, v, "%s is not set: start this suite with ../run rclone", name)
		return v
	}
	r := remote{t: t, config: filepath.Join(t.TempDir(), "rclone.conf"), bucket: get("COSEMU_BUCKET")}
	text := fmt.Sprintf("[cos]\ntype = s3\naccess_key_id = %s\nsecret_access_key = %s\nendpoint = http://cos.%s.myqcloud.com\n%s\n",
		get("COSEMU_SECRET_ID"), get("COSEMU_SECRET_KEY"), get("COSEMU_REGION"), strings.Join(settings, "\n"))
	require.NoError(t, os.WriteFile(r.config, []byte(text), 0o600))
	return r
}

// v2 are settings for AWS2. With it rclone signs the path alone, so the bucket has to be there,
// which rclone does not do for TencentCOS.
func v2() []string {
	return []string{"provider = Other", "v2_auth = true", "force_path_style = true"}
}

// at is a folder in the bucket.
func (r remote) at(folder string) string { return "cos:" + r.bucket + "/" + folder }

// rclone runs a command and returns what it prints on both outputs.
func (r remote) rclone(args ...string) (stdout, stderr string, err error) {
	cmd := exec.Command(os.Getenv("RCLONE"), append([]string{"--config", r.config, "--retries", "1", "--low-level-retries", "1", "-v"}, args...)...)
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	err = cmd.Run()
	return out.String(), log.String(), err
}

func (r remote) must(args ...string) (stdout, stderr string) {
	r.t.Helper()
	stdout, stderr, err := r.rclone(args...)
	require.NoError(r.t, err, "%v\n%s", args, stderr)
	return stdout, stderr
}

// files makes a folder of files with odd names, sizes and times. One is large enough to be sent in
// parts.
func files(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	src := rand.NewChaCha8([32]byte{'r', 'c', 'l', 'o', 'n', 'e'})
	for i, name := range []string{"empty", "a b+c&d=e;%20.txt", "对象/ü#.bin", "deep/er/large.bin"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		body := make([]byte, []int{0, 10, 70_000, 12 << 20}[i])
		_, _ = src.Read(body) // never fails
		require.NoError(t, os.WriteFile(path, body, 0o600))
		at := time.Date(2020, 1, 2+i, 3, 4, 5, 678_000_000, time.UTC)
		require.NoError(t, os.Chtimes(path, at, at))
	}
	return dir
}

// moved reports how many files rclone says it has copied.
func moved(log string) int { return strings.Count(log, ": Copied (") }

// TestSync: a copy is complete, a check finds no difference, and a second sync moves nothing, since
// rclone reads the times back from the metadata of the objects.
func TestSync(t *testing.T) {
	for name, settings := range map[string][]string{
		"V4":           {"provider = TencentCOS"},
		"V2":           v2(),
		"chunks of 5M": {"provider = TencentCOS", "upload_cutoff = 5M", "chunk_size = 5M"},
	} {
		t.Run(name, func(t *testing.T) {
			r := theRemote(t, settings...)
			local, there := files(t), r.at("rclone/"+name)
			_, log := r.must("copy", local, there)
			require.Equal(t, 4, moved(log), log)
			_, log = r.must("check", "--download", local, there)
			require.Contains(t, log, "0 differences found")
			_, log = r.must("sync", local, there)
			require.Zero(t, moved(log), log)

			out, _ := r.must("lsjson", "--recursive", "--files-only", there)
			var listed []struct {
				Path    string
				Size    int64
				ModTime time.Time
			}
			require.NoError(t, json.Unmarshal([]byte(out), &listed))
			require.Len(t, listed, 4)
			for _, f := range listed {
				info, err := os.Stat(filepath.Join(local, filepath.FromSlash(f.Path)))
				require.NoError(t, err)
				require.Equal(t, info.Size(), f.Size, f.Path)
				require.Equal(t, info.ModTime().UTC(), f.ModTime.UTC(), f.Path)
			}

			// One file is changed and one is gone: sync moves the one and deletes the other.
			require.NoError(t, os.WriteFile(filepath.Join(local, "empty"), []byte("no more"), 0o600))
			require.NoError(t, os.RemoveAll(filepath.Join(local, "deep")))
			_, log = r.must("sync", local, there)
			require.Equal(t, 1, moved(log), log)
			_, log = r.must("check", local, there)
			require.Contains(t, log, "0 differences found")

			back := t.TempDir()
			r.must("copy", there, back)
			require.Equal(t, read(t, local), read(t, back))
		})
	}
}

// TestRefused: with a wrong secret nothing is stored, with the right one it is.
func TestRefused(t *testing.T) {
	local := files(t)
	for name, settings := range map[string][]string{"V4": {"provider = TencentCOS"}, "V2": v2()} {
		r := theRemote(t, settings...)
		there := r.at("rclone refused/" + name + "/") // a slash: rclone does not ask whether this is a file
		_, log, err := r.rclone("copy", local, there, "--s3-secret-access-key", "wrong")
		require.Error(t, err)
		require.Contains(t, log, "SignatureDoesNotMatch")
		out, _ := r.must("lsjson", "--recursive", there)
		require.JSONEq(t, "[]", out)
		r.must("copy", local, there)
		_, log = r.must("check", local, there)
		require.Contains(t, log, "0 differences found")
	}
}

// read returns the files of a folder.
func read(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	require.NoError(t, fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		body, err := os.ReadFile(filepath.Join(dir, path))
		all[path] = string(body)
		return err
	}))
	return all
}

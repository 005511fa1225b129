package containers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
)

func decimal(n int) string { return strconv.Itoa(n) }

// TestKept: a named volume keeps the objects and the CA for the next container.
func TestKept(t *testing.T) {
	t.Parallel()
	volume := made(t, "volume")
	first := start(t, "--volume", volume+":/data")
	first.put(t, "kept/对象", "hello")
	_, ca := first.control(t, http.MethodGet, "/ca.pem")
	require.Contains(t, ca, "BEGIN CERTIFICATE")
	engine(t, "stop", first.id)
	first.remove(t)

	second := start(t, "--volume", volume+":/data")
	second.requireStored(t, "kept/对象", "hello")
	_, again := second.control(t, http.MethodGet, "/ca.pem")
	require.Equal(t, ca, again)

	other := start(t)
	other.requireNothing(t, "kept/对象")
	second.remove(t)
}

// TestOwners: all files in a new volume belong to the image's user, so the process
// runs as this user. Nobody else can read the CA's key.
func TestOwners(t *testing.T) {
	t.Parallel()
	volume := made(t, "volume")
	c := start(t, "--volume", volume+":/data")
	c.put(t, "owned", "hello")
	engine(t, "stop", c.id)
	out, problems, err := neighbour(t, []string{"--user", "0:0", "--volume", volume + ":/data"}, "owners", "/data")
	require.NoError(t, err, "%s", problems)
	lines := strings.Split(out, "\n")
	require.Greater(t, len(lines), 5, "%s", out)
	key := false
	for _, line := range lines {
		require.True(t, strings.HasPrefix(line, owner+" "+owner+" "), "%s", line)
		if strings.HasSuffix(line, "/ca-key.pem") {
			key = true
			require.Contains(t, line, " -rw------- ")
		}
	}
	require.True(t, key, "%s", out)
	c.remove(t)
}

// TestFolder: the owner of a folder of the host can use it as the data folder. For
// another user the server reports the error and exits.
func TestFolder(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("needs root, to give folders away")
	}
	dir := t.TempDir()
	require.NoError(t, os.Chmod(dir, 0o755))
	mount := dir + ":/data"
	out, problems, err := try(t, "run", "--rm", "--volume", mount, image(t))
	require.Error(t, err, "%s", out)
	require.Contains(t, out+problems, "permission denied")
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)

	require.NoError(t, os.Chown(dir, 12345, 12345))
	c := start(t, "--user", "12345:12345", "--volume", mount)
	c.put(t, "mine", "hello")
	c.requireStored(t, "mine", "hello")
}

// TestHardened: the image works with a read-only root file system and without
// capabilities.
func TestHardened(t *testing.T) {
	t.Parallel()
	hard := []string{"--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"}
	for name, options := range map[string][]string{
		"with a volume":   {"--volume", made(t, "volume") + ":/data"},
		"anonymous":       nil,
		"memory":          {"--env", "COSEMU_DATA="},
		"a user of yours": {"--user", "12345:12345", "--env", "COSEMU_DATA="},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, append(hard, options...)...)
			body := strings.Repeat("0123456789abcdef", 1<<19) // 8 MiB
			c.put(t, "large", body)
			c.requireStored(t, "large", body)
		})
	}
}

// A writer uploads until the server stops, and records the acknowledged uploads.
type writer struct{ acked map[string]string }

func (w *writer) write(ctx context.Context, c *signer.Client, name int, count chan<- struct{}) {
	rnd := rand.New(rand.NewPCG(1, uint64(name)))
	for n := 0; ctx.Err() == nil; n++ {
		key := fmt.Sprintf("load/%d/%d", name, n)
		body := strings.Repeat(key+"\n", 1+rnd.IntN(8000))
		answer, err := c.Put(ctx, key, strings.NewReader(body), nil)
		if err != nil {
			return // the server stops
		}
		w.acked[key] = body
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		select {
		case count <- struct{}{}:
		default:
		}
	}
}

// TestEndUnderLoad: all acknowledged uploads are there after the engine's stop, and
// after its kill. After a stop the exit code is 0: the engine did not have to kill.
func TestEndUnderLoad(t *testing.T) {
	for _, how := range []struct {
		command string
		code    int
	}{{"stop", 0}, {"kill", 137}} {
		t.Run(how.command, func(t *testing.T) {
			c := start(t, "--volume", made(t, "volume")+":/data")
			ctx, cancel := context.WithTimeout(t.Context(), most)
			defer cancel()
			const writers, enough = 4, 400
			count := make(chan struct{}, enough)
			client := c.client()
			var all [writers]writer
			var ended sync.WaitGroup
			for i := range all {
				all[i].acked = map[string]string{}
				ended.Go(func() { all[i].write(ctx, client, i, count) })
			}
			for range enough {
				select {
				case <-count:
				case <-ctx.Done():
					require.FailNow(t, "too few uploads")
				}
			}
			began := time.Now()
			engine(t, how.command, c.id)
			took := time.Since(began)
			ended.Wait() // each writer has seen the server stop
			require.NoError(t, ctx.Err())
			var code int
			inspect(t, c.id, ".State.ExitCode", &code)
			require.Equal(t, how.code, code)

			engine(t, "start", c.id)
			c.ready(t)
			acked := 0
			for i := range all {
				for key, body := range all[i].acked {
					c.requireStored(t, key, body)
					acked++
				}
			}
			t.Logf("%s: %s took %s; all of %d acknowledged uploads are there", how.command, how.command, took.Round(10*time.Millisecond), acked)
			require.GreaterOrEqual(t, acked, enough)
			require.NoError(t, c.check(t))
			c.remove(t)
		})
	}
}

// check stops the server and runs cosemu check on its data folder.
func (c *container) check(t *testing.T) error {
	t.Helper()
	engine(t, "stop", c.id)
	out, problems, err := try(t, "run", "--rm", "--volumes-from", c.id, image(t), "check", "--data", "/data")
	if err != nil {
		return fmt.Errorf("%w\n%s\n%s", err, out, problems)
	}
	return nil
}

// TestStopWhileUploading: an upload that hangs does not delay a stop until the
// engine kills the server. The server cuts the upload off and exits with 0.
func TestStopWhileUploading(t *testing.T) {
	t.Parallel()
	c := start(t, "--volume", made(t, "volume")+":/data")
	c.put(t, "whole", "hello")
	p, err := c.client().Presign(signer.PresignInput{Method: http.MethodPut, Key: "half", Carrier: signer.CarrierHeader})
	require.NoError(t, err)
	conn, err := net.Dial("tcp", c.api)
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "PUT /half HTTP/1.1\r\nHost: %s.cos.%s.myqcloud.com\r\nAuthorization: %s\r\nContent-Length: 1000\r\n\r\nhalf",
		bucket, region, p.Header.Get("Authorization"))
	require.NoError(t, err)
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Second)))
	_, err = conn.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded, "the server waits for the rest")

	began := time.Now()
	engine(t, "stop", c.id)
	took := time.Since(began)
	var code int
	inspect(t, c.id, ".State.ExitCode", &code)
	require.Zero(t, code, "stopped after %s", took)
	t.Logf("stopped after %s", took.Round(100*time.Millisecond))
	engine(t, "start", c.id)
	c.ready(t)
	c.requireStored(t, "whole", "hello")
	c.requireNothing(t, "half")
	c.remove(t)
}

// TestMemory: with objects in memory, an upload that exceeds the container's memory
// is refused, and the server goes on.
func TestMemory(t *testing.T) {
	t.Parallel()
	const piece = 16 << 20
	c := start(t, "--memory", "192m", "--env", "COSEMU_DATA=")
	var refusal *signer.Error
	taken := 0
	for refusal == nil {
		answer, err := c.client().Put(t.Context(), "piece/"+decimal(taken), io.LimitReader(zeros{}, piece), http.Header{"Content-Length": {decimal(piece)}})
		if errors.As(err, &refusal) {
			break
		}
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		taken++
		require.LessOrEqual(t, taken, 12, "more than the container has")
	}
	t.Logf("after %d MiB: %s", taken*piece>>20, refusal.Code)
	require.GreaterOrEqual(t, taken, 4)
	c.requireNothing(t, "piece/"+decimal(taken))
	c.requireStored(t, "piece/0", strings.Repeat("\x00", piece))
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

package containers

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// mostBytes is the largest size of the image: 35 MB.
const mostBytes = 35_000_000

// TestSize: the image is not larger than mostBytes.
func TestSize(t *testing.T) {
	t.Parallel()
	var size int64
	inspect(t, image(t), ".Size", &size)
	t.Logf("the image has %.1f MB", float64(size)/1e6)
	require.NotZero(t, size)
	require.LessOrEqual(t, size, int64(mostBytes))
}

// TestContents: the image has the program, the licences and an empty data folder.
// A new volume takes its owner from that folder. Other files come from the engine.
func TestContents(t *testing.T) {
	t.Parallel()
	id := engine(t, "create", image(t))
	defer engine(t, "rm", "--volumes", id)
	files := tar.NewReader(bytes.NewReader([]byte(engine(t, "export", id))))
	byEngine := []string{"dev", "proc", "sys", "run", "etc", ".dockerenv"}
	found := map[string]*tar.Header{}
	for {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		name := strings.Trim(strings.TrimPrefix(h.Name, "./"), "/")
		if top, _, _ := strings.Cut(name, "/"); name != "" && !slices.Contains(byEngine, top) {
			found[name] = h
		}
	}
	names := make([]string, 0, len(found))
	for name := range found {
		names = append(names, name)
	}
	require.ElementsMatch(t, []string{"cosemu", "LICENSE", "LICENCES.txt", "data"}, names)
	require.Equal(t, owner, decimal(found["data"].Uid))
	require.Zero(t, found["cosemu"].Mode&0o022, "nobody but root may change the program")
	require.Zero(t, found["cosemu"].Mode&0o6000, "it is no setuid program")
	require.Greater(t, found["LICENCES.txt"].Size, int64(10_000))
	licence, err := os.ReadFile(source(t, "LICENSE"))
	require.NoError(t, err)
	require.Equal(t, int64(len(licence)), found["LICENSE"].Size)
}

// TestNotRoot: the image's user is a number, because Kubernetes checks runAsNonRoot
// on a number only. TestOwners shows that the process runs as this user.
func TestNotRoot(t *testing.T) {
	t.Parallel()
	var user string
	inspect(t, image(t), ".Config.User", &user)
	require.Equal(t, owner+":"+owner, user)
}

// TestVersion: the program prints the version that was given to the build.
func TestVersion(t *testing.T) {
	t.Parallel()
	require.Contains(t, engine(t, "run", "--rm", image(t), "version"), setting(t, "COSEMU_VERSION"))
}

// becomes waits for a health status, such as "healthy". It returns the time taken.
func (c *container) becomes(t *testing.T, state string) time.Duration {
	t.Helper()
	began := time.Now()
	require.Eventually(t, func() bool {
		var now string
		inspect(t, c.id, ".State.Health.Status", &now)
		return now == state
	}, most, 100*time.Millisecond)
	return time.Since(began)
}

// TestHealth: the engine sees a ready server as healthy, and a container without a
// server as unhealthy.
func TestHealth(t *testing.T) {
	t.Parallel()
	t.Run("healthy", func(t *testing.T) {
		t.Parallel()
		c := start(t)
		t.Logf("healthy %s after it was ready", c.becomes(t, "healthy").Round(100*time.Millisecond))
	})
	t.Run("unhealthy", func(t *testing.T) {
		t.Parallel()
		c := &container{id: engine(t, "run", "--detach",
			"--health-start-period", "1ms", "--health-interval", "1s", "--health-retries", "1", "--health-cmd", `["/cosemu","healthcheck"]`,
			"--volume", setting(t, "COSEMU_NEIGHBOUR")+":/neighbour:ro", "--entrypoint", "/neighbour", image(t), "wait")}
		t.Cleanup(func() { c.remove(t) })
		c.becomes(t, "unhealthy")
	})
	t.Run("by its exit code", func(t *testing.T) {
		t.Parallel()
		c := start(t)
		require.Equal(t, "ready", engine(t, "exec", c.id, "/cosemu", "healthcheck"))
		_, _, err := try(t, "exec", c.id, "/cosemu", "healthcheck", "--console", "127.0.0.1:1")
		require.Error(t, err)
	})
}

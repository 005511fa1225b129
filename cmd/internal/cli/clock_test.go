package cli

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClockCommand(t *testing.T) {
	c := &client{served: serveBinary(t)}
	require.Contains(t, c.ok("clock"), "the real time")
	require.Contains(t, c.ok("clock", "shift", "-20m"), "20m0s behind the real time")
	require.Contains(t, c.ok("clock", "advance", "25h"), "24h40m0s ahead of the real time")
	require.Equal(t, "2030-01-01T00:00:00Z, frozen\n", c.ok("clock", "freeze", "2030-01-01T00:00:00Z"))
	require.Equal(t, "2029-12-31T23:00:00Z, frozen\n", c.ok("clock", "advance", "-1h"))
	var state struct {
		Now    string
		Frozen bool
		Offset string
	}
	require.NoError(t, json.Unmarshal([]byte(c.ok("clock", "--json")), &state))
	require.Equal(t, []any{"2029-12-31T23:00:00Z", true, ""}, []any{state.Now, state.Frozen, state.Offset})

	// What is refused changes nothing.
	for _, args := range [][]string{
		{"set", "yesterday"}, {"set", "-5"}, {"freeze", "noon"}, {"shift", "soon"}, {"advance", "9000000h"}, {"shift", "-900000h"}, {"set"}, {"wind"},
	} {
		c.fails(exitUsage, append([]string{"clock"}, args...)...)
	}
	require.Contains(t, c.fails(exitFailed, "clock", "reset", "--account=77"), "no such account")
	require.Equal(t, "2029-12-31T23:00:00Z, frozen\n", c.ok("clock", "get"))
	require.Equal(t, "2001-09-09T01:46:40Z, frozen\n", c.ok("clock", "freeze", "1000000000"))
	require.Contains(t, c.ok("clock", "set", "1000000000"), "behind the real time")
	require.Contains(t, c.ok("clock", "reset"), "the real time")

	chinese := &client{c.served, []string{"LANG=zh_CN.UTF-8"}}
	require.Contains(t, chinese.ok("clock", "shift", "8h"), "比真实时间快 8h0m0s")

	// The clock is the one by which signatures are judged; that of an account is its own.
	url := c.presign(nil, "--key=a")
	c.ok("clock", "advance", "1h")
	status, body := send(t, "PUT", url, "x")
	require.Equal(t, http.StatusForbidden, status, body)
	require.Empty(t, c.keys("test"))
	c.ok("clock", "reset")
	status, body = send(t, "PUT", url, "x")
	require.Equal(t, http.StatusOK, status, body)
	var made struct{ AppID string }
	require.NoError(t, json.Unmarshal([]byte(c.ok("account", "new")), &made))
	require.Contains(t, c.ok("clock", "shift", "-7d", "--account="+made.AppID), "168h0m0s behind")
	require.Contains(t, c.ok("clock"), "the real time")
	require.Contains(t, c.ok("clock", "--account="+made.AppID), "behind")
}

func TestResetCommand(t *testing.T) {
	c := &client{served: serveBinary(t)}
	exported := c.ok("account", "new", "--env")
	account := &client{served: c.served}
	for line := range strings.Lines(exported) {
		name, value, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "export "), "=")
		account.env = append(account.env, name+"="+strings.Trim(value, "'"))
	}
	appID := strings.TrimPrefix(account.env[0], "COS_APPID=")
	file := writeFile(t, "a", "a")
	c.ok("put", file, "test/")
	account.ok("put", file, "test/")
	c.fails(exitFailed, "reset", "--account=77")
	require.Equal(t, []string{"a"}, account.keys("test"))
	c.ok("reset", "--account="+appID)
	require.Empty(t, account.keys("test"))
	require.Equal(t, []string{"a"}, c.keys("test"))
	c.ok("clock", "shift", "1h")
	c.ok("reset")
	require.Empty(t, c.keys("test"))
	require.Contains(t, c.ok("clock"), "the real time")
	account.fails(exitFailed, "ls", "test-"+appID)
}

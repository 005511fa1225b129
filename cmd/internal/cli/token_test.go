package cli

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestControlToken: the commands send the token of flag, variable or file, and say what to do without
// one. It is written nowhere.
func TestControlToken(t *testing.T) {
	const token = "token-of-this-test"
	env := []string{"COSEMU_CONTROL_TOKEN=" + token}
	s := serveHere(t, env, "--log-level=debug") // its ready check has no token
	console := "--console=" + s.ready.Console
	file := writeFile(t, "cosemu.yaml", "control_token: "+token+"\n")
	status, _ := send(t, http.MethodGet, s.presign(nil, "--method=GET", "--key=a"), "")
	require.Equal(t, http.StatusNotFound, status, "the COS port asks for signatures alone")
	for _, args := range [][]string{
		{"account", "new"}, {"why", "last"}, {"requests"}, {"report", "--json"}, {"wait", "--timeout=0s"}, {"clock"}, {"reset"}, {"ls", "--listen=" + s.ready.Listen},
	} {
		without := command(nil, append(args, console)...)
		require.Equal(t, exitFailed, without.code, args)
		require.Contains(t, without.stderr, "has a control token: set COSEMU_CONTROL_TOKEN", args)
		wrong := command([]string{"COSEMU_CONTROL_TOKEN=another-token"}, append(args, console)...)
		require.Equal(t, exitFailed, wrong.code, args)
		require.Contains(t, wrong.stderr, "another control token", args)
		chinese := command([]string{"LANG=zh_CN.UTF-8"}, append(args, console)...)
		require.Contains(t, chinese.stderr, "控制口令", args)
		require.NotContains(t, without.stderr+wrong.stderr, "another-token")
	}
	for _, o := range []outcome{
		command(env, "account", "new", console), command(nil, "account", "new", console, "--control-token="+token),
		command(nil, "account", "new", console, "--config="+file), command(nil, "healthcheck", console),
	} {
		require.Equal(t, exitOK, o.code, o.stderr)
	}
	status, list := send(t, http.MethodGet, "http://"+s.ready.Console+"/api/v1/accounts", "", "Authorization", "Bearer "+token)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, 3, strings.Count(list, `"appid"`), "those with the token made one each, and no other did")
	require.NotContains(t, s.stdout.String()+s.stderr.String(), token)

	for _, bad := range []string{"short", "with a blank in it", "mit-Umläuten-drin", strings.Repeat("x", 257)} {
		o := command([]string{"COSEMU_CONTROL_TOKEN=" + bad}, "--listen=127.0.0.1:0", "--console=127.0.0.1:0")
		require.Equal(t, exitUsage, o.code)
		require.Contains(t, o.stderr, "COSEMU_CONTROL_TOKEN: want 8 to 256 printable characters")
		require.NotContains(t, o.stderr, bad)
	}
}

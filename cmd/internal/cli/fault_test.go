package cli

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFaultCommand(t *testing.T) {
	c := &client{served: serveBinary(t)}
	require.Empty(t, c.ok("fault", "list"))
	c.ok("fault", "list", "--unused")
	id, rest, _ := strings.Cut(c.ok("fault", "add", "answer", "--code=SlowDown", "--operation=PutObject", "--key=f/*", "--times=2"), "  ")
	require.Equal(t, "0/2  answer  SlowDown  operation=PutObject  key=f/*\n", rest)
	url := c.presign(nil, "--key=f/a")
	for _, want := range []int{http.StatusServiceUnavailable, http.StatusServiceUnavailable, http.StatusOK} {
		status, body := send(t, "PUT", url, "x")
		require.Equal(t, want, status, body)
		if want == http.StatusServiceUnavailable {
			require.Empty(t, c.keys("test"))
		}
	}
	require.Equal(t, id+"  2"+rest[1:], c.ok("fault", "list"), "it stays")
	why := c.ok("why", "last")
	require.Contains(t, why, "The request met the planned fault "+id+": it answered SlowDown.")
	require.NotContains(t, why, "not proven")
	require.Contains(t, c.ok("requests", "--diagnosis=fault-injected"), "503 SlowDown")

	var f map[string]any
	require.NoError(t, json.Unmarshal([]byte(c.ok("fault", "add", "stall", "--of=response", "--for=1s", "--after-bytes=0", "--skip=1",
		"--when=before", "--method=get", "--json")), &f))
	delete(f, "created")
	second := f["id"].(string)
	delete(f, "id")
	require.Equal(t, map[string]any{
		"fault": "stall", "of": "response", "for": "1s", "after_bytes": 0.0, "skip": 1.0, "times": 1.0, "when": "before", "method": "GET",
		"hits": 0.0, "unused": true,
	}, f)
	require.Contains(t, c.fails(exitFailed, "fault", "list", "--unused"), "1 planned faults were not met")
	require.Contains(t, c.run(nil, "fault", "list", "--unused").stdout, second)
	require.NotContains(t, c.run(nil, "fault", "list", "--unused").stdout, id)

	// What is refused plans nothing.
	chinese := &client{c.served, []string{"LANG=zh_CN.UTF-8"}}
	for _, r := range [][]string{
		{"code", "answer"},
		{"code", "answer", "--code=SlowUp"},
		{"of", "close"},
		{"for", "delay", "--for=soon"},
		{"for", "corrupt", "--for=1s"},
		{"skip", "corrupt", "--skip=-1"},
		{"operation", "corrupt", "--operation=Putt"},
		{"fault", "explode"},
	} {
		args := append([]string{"fault", "add"}, r[1:]...)
		require.Contains(t, c.fails(exitUsage, args...), "cosemu: "+r[0]+": ", args)
		require.Contains(t, chinese.fails(exitUsage, args...), "cosemu: "+r[0]+"：", args)
		require.True(t, strings.ContainsFunc(chinese.fails(exitUsage, args...), isHan))
	}
	c.fails(exitUsage, "fault", "add", "answer", "--code=SlowDown", "--times=many")
	c.fails(exitFailed, "fault", "add", "corrupt", "--account=77")
	require.Contains(t, c.fails(exitFailed, "fault", "rm", "nothing", id), "no such fault")
	require.NotContains(t, c.ok("fault", "list"), id)
	require.Contains(t, c.ok("fault", "list"), second)
	c.ok("fault", "clear")
	require.Empty(t, c.ok("fault", "list"))

	c.ok("fault", "add", "close", "--of=request")
	req, err := http.NewRequest(http.MethodPut, url, strings.NewReader("x"))
	require.NoError(t, err)
	_, err = http.DefaultClient.Do(req)
	require.Error(t, err)
	require.Contains(t, c.ok("why", "last"), "No answer: a planned fault closed the connection.")
	c.ok("reset")
	require.Empty(t, c.ok("fault", "list"))
}

package cli

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAccountNew(t *testing.T) {
	s := serveHere(t, nil)
	run := func(args ...string) outcome {
		return command(nil, append([]string{"account", "new", "--console=" + s.ready.Console}, args...)...)
	}
	o := run("--env", "--bucket=photos,albums", "--in=ap-beijing", "--ttl=1d", "mine")
	require.Equal(t, exitOK, o.code, o.stderr)
	require.Regexp(t, `^export COS_APPID='1250000001'
export COS_SECRET_ID='AKID\w{32}'
export COS_SECRET_KEY='\w{32}'
export COS_REGION='ap-beijing'
export COS_BUCKET='photos-1250000001'
export COS_ENDPOINT='http://`+s.ready.Listen+`'
$`, o.stdout)

	o = run()
	require.Equal(t, exitOK, o.code, o.stderr)
	var a madeAccount
	require.NoError(t, json.Unmarshal([]byte(o.stdout), &a))
	require.Equal(t, []string{"test-1250000002"}, a.Buckets)

	o = run("--bucket=Photos")
	require.Equal(t, exitUsage, o.code)
	require.Contains(t, o.stderr, "lower-case letters")
	status, list := send(t, http.MethodGet, "http://"+s.ready.Console+"/api/v1/accounts", "")
	require.Equal(t, 200, status)
	require.Equal(t, 2, strings.Count(list, `"appid"`), "no third one was made")
}

// A value cannot end its quotes.
func TestExportsAreQuoted(t *testing.T) {
	a := madeAccount{AppID: `'; rm -rf "$HOME" #`, Buckets: []string{"b"}}
	require.Contains(t, a.exports(), `export COS_APPID=''\''; rm -rf "$HOME" #'`+"\n")
}

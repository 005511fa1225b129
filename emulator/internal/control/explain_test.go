package control

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/cosemu/cosemu/emulator/internal/journal"
	"github.com/stretchr/testify/require"
)

type shownExplanation struct {
	Request *shownRequest
	Cloud   *struct {
		Code         string
		Message      string
		RequestID    string `json:"request_id"`
		ServerTime   string `json:"server_time"`
		HTTPString   string `json:"http_string"`
		StringToSign string `json:"string_to_sign"`
		Belongs      bool
	}
	Finding shownFinding
}

func (r *rig) explain(in map[string]any) shownExplanation {
	r.t.Helper()
	doc, err := json.Marshal(in)
	require.NoError(r.t, err)
	a := r.call("POST", "/api/v1/explain", string(doc))
	require.Equal(r.t, http.StatusOK, a.status, a.body)
	require.Contains(r.t, a.body, `"findings":[`, "a list, even an empty one")
	var out shownExplanation
	require.NoError(r.t, json.Unmarshal([]byte(a.body), &out))
	return out
}

func (f shownFinding) ids() string {
	var ids []string
	for _, x := range f.Findings {
		ids = append(ids, x.ID)
	}
	return strings.Join(ids, " ")
}

// TestExplainARequest: a request is judged as if it arrived now, and nothing changes.
func TestExplainARequest(t *testing.T) {
	r := start(t, Options{})
	p := r.presign(`{"bucket":"` + testBucket + `","key":"a","headers":{"Content-Type":"image/png"}}`)
	typed := map[string]string{"Content-Type": "image/png"}

	good := r.explain(map[string]any{"url": p.URL, "headers": typed})
	require.Equal(t, "accepted", good.Request.Verdict, "PUT when nobody says so")
	require.Empty(t, good.Finding.Findings)
	require.Nil(t, good.Cloud)
	require.Nil(t, good.Request.Answer, "nothing was sent")

	other := r.explain(map[string]any{"method": "GET", "url": p.URL, "headers": typed})
	require.Equal(t, "SignatureDoesNotMatch", other.Request.Code)
	require.Equal(t, "method", other.Finding.ids())
	require.True(t, other.Finding.Findings[0].Proven)

	require.Equal(t, "accepted", r.explain(map[string]any{"curl": p.Curl}).Request.Verdict)
	line := strings.Replace(p.Curl, "image/png", "image/jpeg", 1)
	require.NotEqual(t, p.Curl, line)
	wrong := r.explain(map[string]any{"curl": line})
	require.Equal(t, "header-value", wrong.Finding.ids())
	require.Equal(t, wrong.Finding, *wrong.Request.Finding)

	r.call("POST", "/api/v1/clock/advance", `{"by":"37m"}`).want(t, http.StatusOK, nil)
	require.Equal(t, "expired", r.explain(map[string]any{"url": p.URL, "headers": typed}).Finding.ids())

	require.Empty(t, r.Journal().Select(journal.Filter{}))
	_, err := r.Store().Stat(testBucket, "a")
	require.Error(t, err)
}

// TestExplainARefusal: an error of COS is explained from its XML, and better together with its
// request.
func TestExplainARefusal(t *testing.T) {
	r := start(t, Options{})
	p := r.presign(`{"bucket":"` + testBucket + `","key":"a","headers":{"Content-Type":"image/png"}}`)
	bad := put(t, p.URL, "Content-Type", "image/jpeg")
	require.Equal(t, 403, bad.status)

	alone := r.explain(map[string]any{"body": bad.body})
	require.Nil(t, alone.Request)
	require.Equal(t, "SignatureDoesNotMatch", alone.Cloud.Code)
	require.Equal(t, bad.header.Get("X-Cos-Request-Id"), alone.Cloud.RequestID)
	require.True(t, alone.Cloud.Belongs)
	require.Contains(t, alone.Cloud.HTTPString, "content-type=image%2Fjpeg")
	require.Equal(t, "unknown", alone.Finding.ids())

	both := r.explain(map[string]any{"body": bad.body, "url": p.URL, "headers": map[string]string{"Content-Type": "image/png"}})
	require.Equal(t, "header-value", both.Finding.ids())
	require.True(t, both.Finding.Findings[0].Proven, "the key pair is known here")
	require.Equal(t, "image/png", both.Finding.Findings[0].Signed)
	require.Equal(t, "image/jpeg", both.Finding.Findings[0].Arrived)

	r.call("POST", "/api/v1/clock/advance", `{"by":"37m"}`).want(t, http.StatusOK, nil)
	late := put(t, p.URL, "Content-Type", "image/png")
	expired := r.explain(map[string]any{"body": late.body, "curl": p.Curl})
	require.Equal(t, "expired", expired.Finding.ids())
	require.Equal(t, "2026-11-24T08:37:00Z", expired.Cloud.ServerTime)
}

func TestExplainRefusals(t *testing.T) {
	r := start(t, Options{})
	for body, says := range map[string]string{
		`{}`:                        "give url, curl or body",
		`{"method":"PUT"}`:          "give url, curl or body",
		`{"url":"no scheme"}`:       "scheme",
		`{"curl":"wget http://a/"}`: "curl",
		`{"curl":"curl"}`:           "no URL",
		`{"body":"hello"}`:          "no COS error",
		`{"uri":"http://a/"}`:       "uri",

		`{"curl":"curl http://a/","url":"http://a/"}`: "not both",
	} {
		require.Contains(t, r.call("POST", "/api/v1/explain", body).wantProblem(t, 422), says, body)
	}
	r.call("POST", "/api/v1/explain", `{"url":"http://a/"}`).want(t, 200, nil)
	r.call("POST", "/api/v1/explain", `{"url":"http://a/"}`, header("Sec-Fetch-Site", "cross-site")).wantProblem(t, 403)
}

// TestExplainADenial: the answer has the suggested policy statement.
func TestExplainADenial(t *testing.T) {
	r := start(t, Options{})
	denied := r.explain(map[string]any{"method": "GET", "url": "http://" + testBucket + ".cos.ap-guangzhou.myqcloud.com/a"})
	require.Equal(t, "unsigned policy-denied", denied.Finding.ids())
	require.Contains(t, denied.Finding.Findings[1].Suggestion, `"action":["name/cos:GetObject"]`)
	require.Empty(t, denied.Finding.Findings[0].Suggestion)
}

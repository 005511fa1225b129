package control

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/signer"
	"github.com/cosemu/cosemu/storage"
)

// A feud is an account with much to tell, and another one that tries to hear of it.
type feud struct {
	*rig
	ours, theirs newAccount
	theirRequest string // an id in the journal
	theirFault   string
}

// What is theirs alone. Nothing that is made for us may have any of it.
func (f *feud) words() []string {
	return []string{
		f.theirs.AppID, f.theirs.UIN, f.theirs.SecretID, f.theirs.SecretKey, "AKIDtheirSecond", "their-second-secret", "albums", "diary",
		"203.0.113.77", "their-name", "ap-shanghai", "fault-of-theirs",
	}
}

func startFeud(t *testing.T) *feud {
	r := start(t, Options{})
	r.handler.shared.options.API = r.api
	f := &feud{rig: r}
	f.ours = r.account(`{"name":"our-name","buckets":["photos"]}`)
	f.theirs = r.account(`{"name":"their-name","region":"ap-shanghai","buckets":["albums","photos"]}`)
	require.Equal(t, 201, r.call("POST", "/api/v1/credentials?account="+f.theirs.AppID, `{"secret_id":"AKIDtheirSecond","secret_key":"their-second-secret"}`).status)
	put := r.as(f.theirs, "PUT", f.theirs.Buckets[0], "diary", "dear diary")
	require.Equal(t, 200, put.status)
	f.theirRequest = put.header.Get("X-Cos-Request-Id")
	policy := `{"version":"2.0","Statement":[{"Effect":"allow","Principal":{"qcs":["qcs::cam::anyone:anyone"]},"Action":["name/cos:*"],"Resource":["*"],` +
		`"Condition":{"ip_equal":{"qcs:ip":["203.0.113.77/32"]}}}]}`
	require.Equal(t, 204, f.sentStatus("PUT", f.sign(f.theirs.SecretID, f.theirs.SecretKey, "PUT", f.theirs.Buckets[0], "")+"&policy", policy))
	var planned struct{ ID string }
	require.NoError(t, json.Unmarshal([]byte(r.call("POST", "/api/v1/faults?account="+f.theirs.AppID,
		`{"key":"fault-of-theirs/*","fault":"answer","status":503,"code":"SlowDown"}`).body), &planned))
	f.theirFault = planned.ID
	require.NotEmpty(t, f.theirFault)
	return f
}

// sign makes a URL, perhaps with what does not belong together.
func (f *feud) sign(id, secret, method, bucket, key string) string {
	f.t.Helper()
	p, err := signer.Presign(signer.PresignInput{
		Credentials: signer.Credentials{SecretID: id, SecretKey: secret}, Method: method, Scheme: "http",
		Host: f.api, Bucket: bucket, PathStyle: true, Key: key, Start: startTime(), Expires: 600e9,
	})
	require.NoError(f.t, err)
	return p.URL
}

// sent sends a request and returns the answer's head and body as a text.
func (f *feud) sent(method, target, body string, header ...string) string {
	f.t.Helper()
	req, err := http.NewRequest(method, target, strings.NewReader(body))
	require.NoError(f.t, err)
	for i := 0; i < len(header); i += 2 {
		if header[i] == "Host" {
			req.Host = header[i+1]
		}
		req.Header.Set(header[i], header[i+1])
	}
	got := send(f.t, req)
	var head bytes.Buffer
	require.NoError(f.t, got.header.Write(&head))
	return head.String() + got.body
}

// views is everything that the control API shows for our account.
func (f *feud) views() map[string]string {
	f.t.Helper()
	of := "account=" + f.ours.AppID
	all := map[string]string{}
	for _, path := range []string{
		"/api/v1/requests?limit=10000&", "/api/v1/requests?brief=true&", "/api/v1/requests/wait?", "/api/v1/report?format=json&", "/api/v1/report?format=har&",
		"/api/v1/report?format=junit&", "/api/v1/report?format=junit&lang=zh&", "/api/v1/buckets?", "/api/v1/credentials?", "/api/v1/faults?",
		"/api/v1/faults?unused=true&", "/api/v1/clock?", "/metrics?", "/api/v1/connect?", "/api/v1/buckets/" + f.ours.Buckets[0] + "/objects?",
		"/api/v1/cos/" + f.ours.Buckets[0] + "?",
	} {
		got := f.call("GET", path+of, "")
		require.Equal(f.t, 200, got.status, "%s: %s", path, got.body)
		all[path] = got.body
	}
	return all
}

// TestNoCrossTalk: nothing of another account is in what a request gets to see, in its finding, its
// journal, its reports, or any other answer for its account.
func TestNoCrossTalk(t *testing.T) {
	f := startFeud(t)
	us, them := f.ours, f.theirs
	none := func(where, text string, words ...string) {
		t.Helper()
		for _, word := range words {
			require.NotContains(t, text, word, where)
		}
	}
	swapped := strings.Replace(f.sign(us.SecretID, us.SecretKey, "PUT", them.Buckets[0], "diary"), them.Buckets[0]+"/diary", us.Buckets[0]+"/k", 1)
	for name, answer := range map[string]string{
		"their secret":          f.sent("PUT", f.sign(us.SecretID, them.SecretKey, "PUT", us.Buckets[0], "k"), "x"),
		"their second secret":   f.sent("PUT", f.sign(us.SecretID, "their-second-secret", "PUT", us.Buckets[0], "k"), "x"),
		"an unknown key":        f.sent("PUT", f.sign("AKIDnobody", them.SecretKey, "PUT", us.Buckets[0], "k"), "x"),
		"a bucket like theirs":  f.sent("PUT", f.sign(us.SecretID, us.SecretKey, "PUT", "album-"+us.AppID, "k"), "x"),
		"no APPID":              f.sent("PUT", f.sign(us.SecretID, us.SecretKey, "PUT", "photo", "k"), "x"),
		"signed for theirs":     f.sent("PUT", swapped, "x"),
		"an object like theirs": f.sent("GET", f.sign(us.SecretID, us.SecretKey, "GET", us.Buckets[0], "diar"), ""),
		"another region": f.sent("GET", f.sign(us.SecretID, us.SecretKey, "GET", us.Buckets[0], "k"), "",
			"Host", us.Buckets[0]+".cos.ap-beijing.myqcloud.com"),
		"our buckets": f.sent("GET", f.sign(us.SecretID, us.SecretKey, "GET", "", ""), ""),
		"anonymous":   f.sent("GET", "http://"+f.api+"/", ""),
		"a fault":     f.sent("PUT", f.sign(us.SecretID, us.SecretKey, "PUT", us.Buckets[0], "fault-of-ours"), "x"),
		"an S3 key": f.sent("GET", "http://"+f.api+"/"+us.Buckets[0]+"/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="+us.SecretID+
			"%2F20261124%2Fap-guangzhou%2Fs3%2Faws4_request&X-Amz-Date=20261124T080000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature="+strings.Repeat("a", 64), ""),
		"STS": f.sent("POST", "http://"+f.api+"/", `{"Name":"n","Policy":"x"}`, "X-TC-Action", "GetFederationToken", "Content-Type", "application/json",
			"Authorization", "TC3-HMAC-SHA256 Credential="+us.SecretID+"/2026-11-24/sts/tc3_request, SignedHeaders=content-type;host, Signature="+strings.Repeat("b", 64)),
	} {
		none(name, answer, f.words()...)
	}
	require.Contains(t, f.sent("GET", f.sign(us.SecretID, us.SecretKey, "GET", "", ""), ""), us.Buckets[0], "the control: our own buckets are listed")
	for path, body := range f.views() {
		none(path, body, f.words()...)
	}
}

// TestNamingTheirs: a request that names what is another account's learns no more than COS would say.
func TestNamingTheirs(t *testing.T) {
	f := startFeud(t)
	us, them := f.ours, f.theirs
	secrets := []string{"203.0.113.77", "ap-shanghai", "AKIDtheirSecond", "their-name", them.UIN, them.SecretKey}
	album := them.Buckets[0]
	for name, answer := range map[string]string{
		"their object":     f.sent("GET", f.sign(us.SecretID, us.SecretKey, "GET", album, "diary"), ""),
		"their listing":    f.sent("GET", f.sign(us.SecretID, us.SecretKey, "GET", album, ""), ""),
		"their policy":     f.sent("GET", f.sign(us.SecretID, us.SecretKey, "GET", album, "")+"&policy", ""),
		"a copy of theirs": f.sent("PUT", f.sign(us.SecretID, us.SecretKey, "PUT", us.Buckets[0], "k"), "", "X-Cos-Copy-Source", album+".cos.ap-shanghai.myqcloud.com/diary"),
		"a copy, wrong region": f.sent("PUT", f.sign(us.SecretID, us.SecretKey, "PUT", us.Buckets[0], "k"), "",
			"X-Cos-Copy-Source", album+".cos.ap-beijing.myqcloud.com/diary"),
		"their bucket, wrong region": f.sent("GET", f.sign(us.SecretID, us.SecretKey, "GET", album, "diary"), "", "Host", album+".cos.ap-beijing.myqcloud.com"),
		"their key on our bucket":    f.sent("GET", f.sign(them.SecretID, them.SecretKey, "GET", us.Buckets[0], "k"), ""),
		"their key, wrong secret":    f.sent("GET", f.sign(them.SecretID, "wrong", "GET", us.Buckets[0], "k"), ""),
	} {
		require.Contains(t, answer, "X-Cosemu-Diagnosis", name)
		require.NotContains(t, answer, "dear diary", name)
		for _, word := range secrets {
			if word == "ap-shanghai" {
				continue // COS names the whole host in Resource
			}
			require.NotContains(t, answer, word, name)
		}
	}
	for path, body := range f.views() {
		for _, word := range secrets {
			shown := strings.ReplaceAll(body, album+".cos.ap-shanghai.myqcloud.com", "") // what the request said
			require.NotContains(t, shown, word, path)
		}
	}
	// For our account the explanation says no more either; without account it says all.
	ask := func(account string, in map[string]any) string {
		doc, err := json.Marshal(in)
		require.NoError(t, err)
		got := f.call("POST", "/api/v1/explain?account="+account, string(doc))
		require.Equal(t, 200, got.status, got.body)
		return got.body
	}
	target := f.sign(us.SecretID, us.SecretKey, "GET", album, "diary")
	for name, in := range map[string]map[string]any{
		"URL":           {"method": "GET", "url": target},
		"wrong region":  {"method": "GET", "url": strings.Replace(target, f.api+"/"+album, album+".cos.ap-beijing.myqcloud.com", 1)},
		"their own URL": {"method": "GET", "url": f.sign(them.SecretID, them.SecretKey, "GET", album, "diary")},
		"a copy": {"curl": "curl -X PUT -H 'x-cos-copy-source: " + album + ".cos.ap-beijing.myqcloud.com/diary' '" +
			f.sign(us.SecretID, us.SecretKey, "PUT", us.Buckets[0], "k") + "'"},
		"a refusal": {"url": target, "body": "<Error><Code>AccessDenied</Code><Message>Access Denied.</Message></Error>"},
	} {
		for _, word := range secrets {
			require.NotContains(t, ask(us.AppID, in), word, name)
		}
	}
	require.Contains(t, ask(them.AppID, map[string]any{"method": "GET", "url": target}), "statement[0]", "the control: the owner is told of the policy")
}

// TestCallsAboutTheirs: no call for our account reaches what is theirs, by id, name or key pair.
func TestCallsAboutTheirs(t *testing.T) {
	f := startFeud(t)
	of, album := "?account="+f.ours.AppID, f.theirs.Buckets[0]
	for _, c := range []struct{ method, path, body string }{
		{"GET", "/requests/" + url.PathEscape(f.theirRequest) + of, ""},
		{"GET", "/report" + of + "&format=json&id=" + url.QueryEscape(f.theirRequest), ""},
		{"GET", "/requests" + of + "&since=" + url.QueryEscape(f.theirRequest), ""},
		{"GET", "/requests/wait" + of + "&timeout=0s&since=" + url.QueryEscape(f.theirRequest), ""},
		{"GET", "/faults/" + f.theirFault + of, ""},
		{"DELETE", "/faults/" + f.theirFault + of, ""},
		{"POST", "/faults" + of, `{"account":"` + f.theirs.AppID + `","fault":"close"}`},
		{"GET", "/buckets/" + album + "/objects" + of, ""},
		{"GET", "/buckets/" + album + "/objects/content" + of + "&key=diary", ""},
		{"DELETE", "/buckets/" + album + of, ""},
		{"GET", "/cos/" + album + of + "&key=diary", ""},
		{"GET", "/cos/" + f.ours.Buckets[0] + of + "&key=k&secret_id=" + f.theirs.SecretID, ""},
		{"POST", "/presign" + of, `{"bucket":"` + album + `","key":"diary","method":"GET"}`},
		{"POST", "/presign" + of, `{"bucket":"` + f.ours.Buckets[0] + `","secret_id":"AKIDtheirSecond"}`},
		{"POST", "/temporary-credentials" + of, `{"bucket":"` + album + `"}`},
		{"POST", "/temporary-credentials" + of, `{"secret_id":"AKIDtheirSecond"}`},
		{"POST", "/credentials" + of, `{"secret_id":"AKIDnew","secret_key":"new-secret","appid":"` + f.theirs.AppID + `"}`},
		{"DELETE", "/credentials/AKIDtheirSecond" + of, ""},
		{"POST", "/buckets" + of, `{"name":"` + album + `"}`},
	} {
		got := f.call(c.method, "/api/v1"+c.path, c.body)
		require.Contains(t, []int{404, 409, 422, 201}, got.status, "%s %s: %s", c.method, c.path, got.body)
		if got.status == 201 {
			require.Contains(t, got.body, `-`+f.ours.AppID+`"`, "a bucket of ours: %s", c.path)
		}
		require.NotContains(t, got.body, "diary", c.path)
	}
	// All of theirs is as it was.
	require.Equal(t, 204, f.call("POST", "/api/v1/reset"+of, "").status)
	require.Equal(t, "dear diary", f.as(f.theirs, "GET", album, "diary", "").body)
	require.Equal(t, 200, f.call("GET", "/api/v1/requests/"+url.PathEscape(f.theirRequest)+"?account="+f.theirs.AppID, "").status)
	require.Equal(t, 200, f.call("GET", "/api/v1/faults/"+f.theirFault+"?account="+f.theirs.AppID, "").status)
	require.Equal(t, 200, f.sentStatus("PUT", f.sign("AKIDtheirSecond", "their-second-secret", "PUT", f.theirs.Buckets[1], "k"), "x"))
}

func (f *feud) sentStatus(method, target, body string) int {
	f.t.Helper()
	return f.fetch(method, target, body).status
}

// TestStreamOfOurs: a stream of one account has no event about another one, whatever goes on there.
func TestStreamOfOurs(t *testing.T) {
	f := startFeud(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+f.console+"/api/v1/requests/stream?account="+f.ours.AppID, http.NoBody)
	require.NoError(t, err)
	res, err := http.DefaultClient.Do(req)
	require.NoError(t, err)
	defer res.Body.Close()
	require.Equal(t, 200, f.as(f.theirs, "PUT", f.theirs.Buckets[0], "diary", "more").status)
	require.Equal(t, 204, f.call("DELETE", "/api/v1/requests?account="+f.theirs.AppID, "").status)
	require.Equal(t, 200, f.as(f.ours, "PUT", f.ours.Buckets[0], "the-last-one", "x").status)
	var seen strings.Builder
	lines := bufio.NewReader(res.Body)
	for !strings.Contains(seen.String(), "the-last-one") {
		line, err := lines.ReadString('\n')
		if err == io.EOF {
			break
		}
		require.NoError(t, err, seen.String())
		seen.WriteString(line)
	}
	for _, word := range f.words() {
		require.NotContains(t, seen.String(), word)
	}
}

// TestResendWithTheirs: a call for our account signs with no key pair of theirs, though the request names it.
func TestResendWithTheirs(t *testing.T) {
	f := startFeud(t)
	us, them := f.ours, f.theirs
	require.Equal(t, 204, f.sentStatus("PUT", f.sign(us.SecretID, us.SecretKey, "PUT", us.Buckets[0], "")+"&policy",
		`{"version":"2.0","Statement":[{"Effect":"allow","Principal":{"qcs":["qcs::cam::anyone:anyone"]},"Action":["name/cos:*"],"Resource":["*"]}]}`))
	refused := func(id string) string {
		t.Helper()
		req, err := http.NewRequest(http.MethodPut, f.sign(id, "wrong", "PUT", us.Buckets[0], "loot"), http.NoBody)
		require.NoError(t, err)
		if id == them.SecretID {
			req.Header.Set("X-Cos-Copy-Source", them.Buckets[0]+".cos.ap-shanghai.myqcloud.com/diary")
		}
		got := send(t, req)
		require.Equal(t, 403, got.status, got.body)
		return got.header.Get(idHeader)
	}
	id := refused(them.SecretID)
	require.Equal(t, 409, f.call("POST", "/api/v1/resend?account="+us.AppID, `{"request":"`+id+`"}`).status)
	require.Equal(t, 409, f.call("POST", "/api/v1/resend?account="+us.AppID, `{"request":"`+id+`","dry_run":true}`).status)
	require.Contains(t, f.call("GET", "/api/v1/fixes?account="+us.AppID+"&request="+url.QueryEscape(id), "").body, `"resend":false`)
	_, err := f.Store().Stat(us.Buckets[0], "loot")
	require.ErrorIs(t, err, storage.ErrNoObject)

	// The controls: our own key pair; and theirs for who may use all accounts.
	require.Equal(t, 200, f.call("POST", "/api/v1/resend?account="+us.AppID, `{"request":"`+refused(us.SecretID)+`"}`).status)
	require.Empty(t, f.as(us, "GET", us.Buckets[0], "loot", "").body)
	require.Equal(t, 200, f.call("POST", "/api/v1/resend", `{"request":"`+id+`"}`).status)
	require.Equal(t, "dear diary", f.as(us, "GET", us.Buckets[0], "loot", "").body)
}

package control

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cosemu/cosemu/emulator/internal/identity/keyring"
	"github.com/cosemu/cosemu/storage"
	"github.com/stretchr/testify/require"
)

type fixesBody struct {
	Fixes   []offeredFix `json:"fixes"`
	Resend  bool         `json:"resend"`
	Applied []appliedFix `json:"applied"`
}

// request sends a request to the COS API as it stands and waits until the journal has it.
func (r *rig) request(method, target string, headers ...string) answer {
	r.t.Helper()
	body := http.NoBody
	req, err := http.NewRequest(method, target, body)
	require.NoError(r.t, err)
	if method == http.MethodPut {
		req, err = http.NewRequest(method, target, strings.NewReader("hello"))
		require.NoError(r.t, err)
	}
	header(headers...)(req)
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	a := send(r.t, req)
	r.settled(a)
	return a
}

func (r *rig) fixes(id string) fixesBody {
	r.t.Helper()
	var out fixesBody
	r.call("GET", "/api/v1/fixes?request="+id, "").want(r.t, 200, &out)
	return out
}

// offers returns the ids of fixes.
func (b fixesBody) offers() []string {
	var out []string
	for _, f := range b.Fixes {
		out = append(out, f.Fix)
	}
	return out
}

// fix applies a fix and returns it.
func (r *rig) fix(id, fix string) appliedFix {
	r.t.Helper()
	body, err := json.Marshal(map[string]string{"request": id, "fix": fix})
	require.NoError(r.t, err)
	var out appliedFix
	r.call("POST", "/api/v1/fixes", string(body)).want(r.t, 201, &out)
	require.Equal(r.t, []appliedFix{out}, r.fixes(id).Applied)
	return out
}

func (r *rig) undo(id string) {
	r.t.Helper()
	require.Equal(r.t, 204, r.call("DELETE", "/api/v1/fixes/"+id, "").status)
	r.call("DELETE", "/api/v1/fixes/"+id, "").wantProblem(r.t, 404)
}

const idHeader = "X-Cos-Request-Id"

// TestFixes: a request is refused, each fix makes the very same request succeed, and undoing it
// restores what was, so that it is refused again.
func TestFixes(t *testing.T) {
	for name, test := range map[string]struct {
		// prepare returns the request, and what else is refused before and after.
		prepare func(t *testing.T, r *rig) (send func() answer)
		fix     string
		state   func(r *rig) any // what undoing restores
	}{
		"a missing bucket": {
			prepare: func(_ *testing.T, r *rig) func() answer {
				url := r.presignFor("gone-1250000000")
				require.NoError(r.t, r.Store().DropBucket("gone-1250000000"))
				return func() answer { return r.request("PUT", url) }
			},
			fix:   "create-bucket",
			state: func(r *rig) any { _, err := r.Store().Bucket("gone-1250000000"); return err != nil },
		},
		"a missing CORS rule": {
			prepare: func(_ *testing.T, r *rig) func() answer {
				doc := `<CORSConfiguration><CORSRule><AllowedOrigin>https://other.test</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>`
				require.NoError(r.t, r.Store().PutConfig(testBucket, "cors", []byte(doc)))
				return func() answer {
					return r.request("OPTIONS", "http://"+r.api+"/"+testBucket+"/k", "Origin", "http://page.test:8080",
						"Access-Control-Request-Method", "PUT", "Access-Control-Request-Headers", "content-type,x-cos-meta-a")
				}
			},
			fix:   "allow-origin",
			state: config("cors"),
		},
		"a missing statement": {
			prepare: func(_ *testing.T, r *rig) func() answer {
				require.NoError(r.t, r.Keys().Add(keyring.Key{SecretID: "AKIDother", SecretKey: "other-secret", AppID: "1300000001"}))
				url := r.presign(`{"method":"PUT","bucket":"` + testBucket + `","key":"a\u0001b<c>","secret_id":"AKIDother"}`).URL
				return func() answer { return r.request("PUT", url) }
			},
			fix:   "add-statement",
			state: config("policy"),
		},
		"a statement missing beside others": {
			prepare: func(_ *testing.T, r *rig) func() answer {
				doc := `{"Statement":[{"effect":"allow","principal":{"qcs":["qcs::cam::uin/1:uin/1"]},"action":["name/cos:GetObject"],"resource":["*"]}],"version":"2.0"}`
				require.NoError(r.t, r.Store().PutConfig(testBucket, "policy", []byte(doc)))
				require.NoError(r.t, r.Keys().Add(keyring.Key{SecretID: "AKIDother", SecretKey: "other-secret", AppID: "1300000001"}))
				url := r.presign(`{"method":"PUT","bucket":"` + testBucket + `","key":"k","secret_id":"AKIDother"}`).URL
				return func() answer { return r.request("PUT", url) }
			},
			fix:   "add-statement",
			state: config("policy"),
		},
		"an address without an alias": {
			prepare: func(t *testing.T, r *rig) func() answer {
				u := r.presign(`{"method":"PUT","bucket":"` + testBucket + `","key":"k"}`).URL
				require.NoError(t, r.Resolver().AddAlias(r.api, testBucket))
				alias := signedAtAlias(t, r)
				require.True(t, r.Resolver().RemoveAlias(r.api, ""))
				_ = u
				return func() answer { return r.request("PUT", alias) }
			},
			fix:   "add-alias:" + testBucket,
			state: func(r *rig) any { return r.Resolver().Aliases() },
		},
		"acceleration": {
			prepare: func(t *testing.T, r *rig) func() answer {
				host := testBucket + ".cos.accelerate.myqcloud.com"
				url := signFor(t, r, host, "/k")
				return func() answer { return r.request("PUT", "http://"+r.api+url, "Host", host) }
			},
			fix:   "enable-acceleration",
			state: config("accelerate"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := start(t, Options{AppID: "1250000000"})
			r.handler.shared.options.API = r.api
			again := test.prepare(t, r)
			before := test.state(r)
			refused := again()
			require.GreaterOrEqual(t, refused.status, 400, refused.body)
			id := refused.header.Get(idHeader)
			offers := r.fixes(id)
			require.Equal(t, []string{test.fix}, offers.offers(), "%s", refused.body)
			require.NotEmpty(t, offers.Fixes[0].Title.Zh)

			done := r.fix(id, test.fix)
			accepted := again()
			require.Less(t, accepted.status, 300, accepted.body)
			require.NotEqual(t, before, test.state(r))
			require.Empty(t, r.fixes(accepted.header.Get(idHeader)).offers())

			r.undo(done.ID + "?force=true")
			require.Equal(t, before, test.state(r))
			require.Equal(t, refused.status, again().status)
		})
	}
}

// config returns the stored bytes of a configuration, or nil.
func config(name string) func(*rig) any {
	return func(r *rig) any {
		doc, err := r.Store().Config(testBucket, name)
		if err != nil {
			require.ErrorIs(r.t, err, storage.ErrNoConfig)
			return nil
		}
		return doc
	}
}

// TestFixRealTime: the emulator's clock is the cause. Undoing sets it as it was, to the nanosecond.
func TestFixRealTime(t *testing.T) {
	r := start(t, Options{AppID: "1250000000"})
	at := r.Clock().Real().Add(-48 * time.Hour)
	r.Clock().Shift(0)
	host := r.api
	r.Clock().Freeze(at)
	url := "http://" + r.api + signFor(t, r, host, "/"+testBucket+"/k")
	refused := r.request("PUT", url)
	require.Equal(t, 403, refused.status, refused.body)
	id := refused.header.Get(idHeader)
	require.Equal(t, []string{"real-time"}, r.fixes(id).offers())
	before := r.Clock().State()
	done := r.fix(id, "real-time")
	require.Zero(t, r.Clock().State().Offset)
	require.Equal(t, 200, r.request("PUT", url).status)
	r.undo(done.ID)
	require.Equal(t, before.Frozen, r.Clock().State().Frozen)
	require.True(t, at.Equal(r.Clock().Now()))
	require.Equal(t, before.Since, r.Clock().State().Since)

	// Somebody sets the clock meanwhile: that stays.
	done = r.fix(id, "real-time")
	r.Clock().Shift(time.Hour)
	r.call("DELETE", "/api/v1/fixes/"+done.ID, "").wantProblem(t, 409)
	require.Equal(t, time.Hour, r.Clock().State().Offset)
}

// TestFixThatDoesNotHold: where a second cause remains, everything is left as it was.
func TestFixThatDoesNotHold(t *testing.T) {
	r := start(t, Options{AppID: "1250000000"})
	require.NoError(t, r.Keys().Add(keyring.Key{SecretID: "AKIDother", SecretKey: "other-secret", AppID: "1300000001"}))
	doc := `{"version":"2.0","statement":[{"effect":"allow","principal":{"qcs":["*"]},"action":["name/cos:GetObject"],"resource":["*"]}]}`
	require.NoError(t, r.Store().PutConfig(testBucket, "policy", []byte(doc)))
	url := r.presign(`{"method":"PUT","bucket":"` + testBucket + `","key":"k","secret_id":"AKIDother"}`).URL
	refused := r.request("PUT", url)
	id := refused.header.Get(idHeader)
	require.Equal(t, []string{"add-statement"}, r.fixes(id).offers())
	// The key pair goes away: the statement alone would not do.
	require.True(t, r.Keys().Remove("AKIDother"))
	body := r.call("POST", "/api/v1/fixes", `{"request":"`+id+`","fix":"add-statement"}`).wantProblem(t, 409)
	require.Contains(t, body, "InvalidAccessKeyId")
	have, err := r.Store().Config(testBucket, "policy")
	require.NoError(t, err)
	require.Equal(t, doc, string(have))
	require.Empty(t, r.fixes(id).Applied)

	r.call("POST", "/api/v1/fixes", `{"request":"`+id+`","fix":"create-bucket"}`).wantProblem(t, 404)
	r.call("GET", "/api/v1/fixes?request=none", "").wantProblem(t, 404)
}

// TestUndoKeepsWhatCameLater: undoing destroys no object and no later setting, unless it is told so.
func TestUndoKeepsWhatCameLater(t *testing.T) {
	r := start(t, Options{AppID: "1250000000"})
	r.handler.shared.options.API = r.api
	url := r.presignFor("gone-1250000000")
	require.NoError(t, r.Store().DropBucket("gone-1250000000"))
	id := r.request("PUT", url).header.Get(idHeader)
	done := r.fix(id, "create-bucket")
	require.Equal(t, 200, r.request("PUT", url).status)
	require.Contains(t, r.call("DELETE", "/api/v1/fixes/"+done.ID, "").wantProblem(t, 409), "force")
	_, err := r.Store().Stat("gone-1250000000", "k")
	require.NoError(t, err)
	require.Equal(t, 204, r.call("DELETE", "/api/v1/fixes/"+done.ID+"?force=true", "").status)
	_, err = r.Store().Bucket("gone-1250000000")
	require.ErrorIs(t, err, storage.ErrNoBucket)

	preflight := func() answer {
		return r.request("OPTIONS", "http://"+r.api+"/"+testBucket+"/k", "Origin", "http://page.test", "Access-Control-Request-Method", "PUT")
	}
	done = r.fix(preflight().header.Get(idHeader), "allow-origin")
	require.Contains(t, done.Document, "<AllowedOrigin>http://page.test</AllowedOrigin>")
	later := bytes.ReplaceAll([]byte(done.Document), []byte("page.test"), []byte("later.test"))
	require.NoError(t, r.Store().PutConfig(testBucket, "cors", later))
	r.call("DELETE", "/api/v1/fixes/"+done.ID, "").wantProblem(t, 409)
	have, err := r.Store().Config(testBucket, "cors")
	require.NoError(t, err)
	require.Equal(t, later, have)
}

// TestFixesOfAnAccount: no account fixes, or undoes, what is another's.
func TestFixesOfAnAccount(t *testing.T) {
	r := start(t, Options{AppID: "1250000000"})
	r.handler.shared.options.API = r.api
	a, b := r.account(`{}`), r.account(`{}`)
	id := r.request("OPTIONS", "http://"+r.api+"/"+a.Buckets[0]+"/k", "Origin", "http://page.test", "Access-Control-Request-Method", "PUT").header.Get(idHeader)
	body := `{"request":"` + id + `","fix":"allow-origin"}`
	r.call("GET", "/api/v1/fixes?request="+id+"&account="+b.AppID, "").wantProblem(t, 404)
	r.call("POST", "/api/v1/fixes?account="+b.AppID, body).wantProblem(t, 404)
	var done appliedFix
	r.call("POST", "/api/v1/fixes?account="+a.AppID, body).want(t, 201, &done)
	r.call("DELETE", "/api/v1/fixes/"+done.ID+"?account="+b.AppID, "").wantProblem(t, 404)
	require.Equal(t, 204, r.call("DELETE", "/api/v1/fixes/"+done.ID+"?account="+a.AppID, "").status)
}

// TestAliasCalls: a host stands for a bucket from the call on, until a reset.
func TestAliasCalls(t *testing.T) {
	r := start(t, Options{AppID: "1250000000"})
	r.call("POST", "/api/v1/aliases", `{"host":"uploads.test","bucket":"`+testBucket+`"}`).want(t, 201, &aliasEntry{})
	url := signFor(t, r, "uploads.test", "/k")
	require.Equal(t, 200, r.request("PUT", "http://"+r.api+url, "Host", "uploads.test").status)
	var list struct {
		Aliases []aliasEntry `json:"aliases"`
	}
	r.call("GET", "/api/v1/aliases", "").want(t, 200, &list)
	require.Equal(t, []aliasEntry{{"uploads.test", testBucket}}, list.Aliases)
	require.NoError(t, r.CreateBucket(bucketConfig("other-1250000000")))
	r.call("POST", "/api/v1/aliases", `{"host":"Uploads.test","bucket":"other-1250000000"}`).wantProblem(t, 409)
	r.call("POST", "/api/v1/aliases", `{"host":"x-1250000000.cos.ap-guangzhou.myqcloud.com","bucket":"`+testBucket+`"}`).wantProblem(t, 422)
	r.call("POST", "/api/v1/aliases", `{"host":"a/b","bucket":"`+testBucket+`"}`).wantProblem(t, 422)
	r.call("POST", "/api/v1/aliases", `{"host":"a.test","bucket":"none-1250000000"}`).wantProblem(t, 404)
	other := r.account(`{}`)
	r.call("DELETE", "/api/v1/aliases/uploads.test?account="+other.AppID, "").wantProblem(t, 404)
	require.Equal(t, 204, r.call("DELETE", "/api/v1/aliases/uploads.test", "").status)
	r.call("DELETE", "/api/v1/aliases/uploads.test", "").wantProblem(t, 404)
	require.NotEqual(t, 200, r.request("PUT", "http://"+r.api+url, "Host", "uploads.test").status)
	r.call("POST", "/api/v1/aliases", `{"host":"uploads.test","bucket":"`+testBucket+`"}`).want(t, 201, &aliasEntry{})
	require.NoError(t, r.Reset())
	require.Empty(t, r.Resolver().Aliases())
}

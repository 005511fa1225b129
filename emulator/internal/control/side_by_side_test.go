package control

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// in is a copy of the rig for a test that runs beside others.
func (r *rig) in(t *testing.T) *rig {
	own := *r
	own.t = t
	return &own
}

func (r *rig) clockOf(path string) clockState {
	r.t.Helper()
	var s clockState
	r.call("GET", path, "").want(r.t, 200, &s)
	return s
}

// signed returns a URL of the account for its first bucket.
func (r *rig) signed(a newAccount, method, key string) string {
	r.t.Helper()
	var out struct{ URL, Curl string }
	r.call("POST", "/api/v1/presign?account="+a.AppID,
		`{"method":"`+method+`","bucket":"`+a.Buckets[0]+`","key":"`+key+`","expires":"10m"}`).want(r.t, 200, &out)
	return out.URL
}

func (r *rig) fetch(method, url, body string) answer {
	r.t.Helper()
	req, err := http.NewRequest(method, url, strings.NewReader(body))
	require.NoError(r.t, err)
	return send(r.t, req)
}

// meetsItsFault: a fault that the account plans meets one request of its own, and no request of
// another one.
func (r *rig) meetsItsFault(a newAccount, put string) {
	r.t.Helper()
	account := "?account=" + a.AppID
	r.call("POST", "/api/v1/faults"+account, `{"operation":"PutObject","fault":"answer","status":503,"code":"SlowDown"}`).want(r.t, 201, nil)
	met := r.fetch("PUT", put, "x")
	require.Equal(r.t, 503, met.status, met.body)
	var list struct{ Faults []map[string]any }
	r.call("GET", "/api/v1/faults"+account, "").want(r.t, 200, &list)
	require.Len(r.t, list.Faults, 1)
	require.Equal(r.t, []any{a.AppID, 1.0, false}, []any{list.Faults[0]["account"], list.Faults[0]["hits"], list.Faults[0]["unused"]})
}

// TestSideBySide: 40 accounts each move their clock, meet their faults, upload, reset and read their
// journal, and none sees anything of the others.
func TestSideBySide(t *testing.T) {
	r := start(t, Options{})
	r.handler.shared.options.API = r.api
	t.Run("all", func(t *testing.T) {
		for i := range 40 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				r.in(t).oneOfMany(i)
			})
		}
	})
	require.Equal(t, clockState{Now: startTime(), Frozen: true}, r.clockOf("/api/v1/clock"))
	require.Empty(t, r.Accounts().List())
	require.Empty(t, r.requests("", 200).Requests)
}

func (r *rig) oneOfMany(i int) {
	t := r.t
	at := time.Date(2000+i, 3, 4, 5, 6, 7, 0, time.UTC)
	a := r.account(`{"buckets":["photos"],"clock":"` + at.Format(time.RFC3339) + `"}`)
	account := "?account=" + a.AppID
	for round := range 3 {
		require.Equal(t, clockState{Now: at, Frozen: true}, r.clockOf("/api/v1/clock"+account))
		key := fmt.Sprintf("of-%d-%d", i, round)
		put := r.signed(a, "PUT", key)
		r.meetsItsFault(a, put)
		sent := r.fetch("PUT", put, key)
		require.Equal(t, 200, sent.status, sent.body)
		require.Equal(t, at.Format(http.TimeFormat), sent.header.Get("Date"))
		require.Equal(t, key, r.fetch("GET", r.signed(a, "GET", key), "").body)

		var s clockState
		r.call("POST", "/api/v1/clock/advance"+account, `{"by":"11m"}`).want(t, 200, &s)
		require.Equal(t, at.Add(11*time.Minute), s.Now)
		late := r.fetch("PUT", put, "late")
		require.Equal(t, 403, late.status, late.body)
		require.Contains(t, late.body, "<ServerTime>"+at.Add(11*time.Minute).Format(time.RFC3339)+"</ServerTime>")

		var list struct {
			Requests []entry
			Last     uint64
		}
		r.call("GET", "/api/v1/requests/wait"+account+"&count=4", "").want(t, 200, &list)
		require.Len(t, list.Requests, 4)
		for _, e := range list.Requests {
			require.Equal(t, []string{a.AppID, a.Buckets[0], key}, []string{e.Account, e.Bucket, e.Key})
		}
		var objects struct {
			Objects  []object
			Prefixes []string
		}
		r.call("GET", "/api/v1/buckets/"+a.Buckets[0]+"/objects"+account, "").want(t, 200, &objects)
		require.Len(t, objects.Objects, 1)
		require.Equal(t, at, objects.Objects[0].Modified)

		require.Equal(t, 204, r.call("POST", "/api/v1/reset"+account, "").status)
		objects.Objects = nil
		r.call("GET", "/api/v1/buckets/"+a.Buckets[0]+"/objects"+account, "").want(t, 200, &objects)
		require.Empty(t, objects.Objects)
		r.call("GET", "/api/v1/requests"+account, "").want(t, 200, &list)
		require.Empty(t, list.Requests)
	}
	require.Equal(t, 204, r.call("DELETE", "/api/v1/accounts/"+a.AppID, "").status)
}

func TestClockPerAccount(t *testing.T) {
	r := start(t, Options{})
	a, b := r.account(`{}`), r.account(`{"clock":"-20m"}`)
	ofA, ofB := "/api/v1/clock?account="+a.AppID, "/api/v1/clock?account="+b.AppID
	require.Equal(t, clockState{Now: startTime(), Frozen: true}, r.clockOf(ofA), "it starts at the server's")
	require.Equal(t, "-20m0s", r.clockOf(ofB).Offset)

	require.Equal(t, 200, r.call("PUT", ofA, `{"now":"2030-01-01T00:00:00Z","frozen":true}`).status)
	require.Equal(t, clockState{Now: startTime(), Frozen: true}, r.clockOf("/api/v1/clock"))
	require.Equal(t, 200, r.call("POST", "/api/v1/clock/advance", `{"by":"1h"}`).status)
	require.Equal(t, time.Date(2030, 1, 1, 1, 0, 0, 0, time.UTC), r.clockOf(ofA).Now, "by the same time")
	require.Equal(t, "40m0s", r.clockOf(ofB).Offset)
	require.Equal(t, 200, r.call("PUT", "/api/v1/clock", `{"now":"2031-01-01T00:00:00Z","frozen":true}`).status)
	for _, path := range []string{"/api/v1/clock", ofA, ofB} {
		require.Equal(t, clockState{Now: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC), Frozen: true}, r.clockOf(path), path)
	}
	require.Equal(t, 200, r.call("DELETE", ofA, "").status)
	near(t, time.Now(), r.clockOf(ofA).Now)
	r.call("GET", "/api/v1/clock?account=1", "").wantProblem(t, 404)
	require.Equal(t, 422, r.call("PUT", ofA, `{}`).status)
}

// TestCallsOfAnAccount: a call for one account shows and changes nothing of another.
func TestCallsOfAnAccount(t *testing.T) {
	r := start(t, Options{})
	a, b := r.account(`{}`), r.account(`{}`)
	require.Equal(t, 200, r.as(b, "PUT", b.Buckets[0], "k", "of b").status)
	account := "?account=" + a.AppID
	for _, c := range [][2]string{
		{"GET", "/buckets/" + b.Buckets[0] + "/objects" + account},
		{"GET", "/buckets/" + b.Buckets[0] + "/objects/content" + account + "&key=k"},
		{"DELETE", "/buckets/" + b.Buckets[0] + "/objects" + account + "&key=k"},
		{"DELETE", "/buckets/" + b.Buckets[0] + account},
		{"DELETE", "/credentials/" + b.SecretID + account},
		{"POST", "/presign" + account + ` {"bucket":"` + b.Buckets[0] + `"}`},
		{"POST", "/presign" + account + ` {"bucket":"` + a.Buckets[0] + `","secret_id":"` + b.SecretID + `"}`},
		{"POST", "/temporary-credentials" + account + ` {"secret_id":"` + b.SecretID + `"}`},
		{"GET", "/requests/stream?account=9"},
		{"GET", "/requests?account=9"},
		{"GET", "/requests/wait?account=9"},
		{"DELETE", "/requests?account=9"},
		{"POST", "/reset?account=9"},
		{"GET", "/buckets?account=9"},
		{"GET", "/credentials?account=9"},
	} {
		path, body, _ := strings.Cut(c[1], " ")
		got := r.call(c[0], "/api/v1"+path, body)
		require.Equal(t, 404, got.status, "%s %s: %s", c[0], c[1], got.body)
	}
	require.Equal(t, 422, r.call("POST", "/api/v1/temporary-credentials"+account, `{"bucket":"`+b.Buckets[0]+`"}`).status)
	require.Equal(t, 422, r.call("POST", "/api/v1/credentials"+account, `{"secret_id":"AKIDx","secret_key":"y","appid":"7"}`).status)

	for _, path := range []string{"/buckets", "/credentials", "/requests"} {
		body := r.call("GET", "/api/v1"+path+account, "").body
		require.NotContains(t, body, b.AppID, path)
		require.NotContains(t, body, b.SecretID, path)
		require.Contains(t, r.call("GET", "/api/v1"+path+"?account="+b.AppID, "").body, b.AppID, path)
	}
	require.Equal(t, 201, r.call("POST", "/api/v1/buckets"+account, `{"name":"more"}`).status)
	require.Equal(t, 201, r.call("POST", "/api/v1/credentials"+account, `{"secret_id":"AKIDmore","secret_key":"hush-hush-hush"}`).status)
	k, _ := r.Keys().Get("AKIDmore")
	require.Equal(t, a.AppID, k.AppID)
	require.Equal(t, 201, r.call("POST", "/api/v1/temporary-credentials"+account, `{}`).status)
	require.Equal(t, 204, r.call("POST", "/api/v1/reset"+account, "").status)
	require.Equal(t, 204, r.call("DELETE", "/api/v1/requests"+account, "").status)
	require.Equal(t, "of b", r.as(b, "GET", b.Buckets[0], "k", "").body)
	require.Len(t, r.Keys().Account(a.AppID), 3, "a reset keeps its keys")
	require.Equal(t, 204, r.call("DELETE", "/api/v1/accounts/"+a.AppID, "").status)
	require.Empty(t, r.Keys().Account(a.AppID))
}

// TestFindingsStayAtHome: why a request was refused never names what is another account's.
func TestFindingsStayAtHome(t *testing.T) {
	r := start(t, Options{})
	a, b := r.account(`{"buckets":["photos"]}`), r.account(`{"buckets":["photos","albums"]}`)
	require.Equal(t, 200, r.as(b, "PUT", b.Buckets[0], "diary", "x").status)
	other := a
	other.SecretKey = b.SecretKey // a request with another account's secret
	require.Equal(t, 403, r.as(other, "PUT", a.Buckets[0], "k", "x").status)
	other = newAccount{SecretID: b.SecretID + "x", SecretKey: b.SecretKey}
	require.Equal(t, 403, r.as(other, "PUT", a.Buckets[0], "k", "x").status)
	body := r.call("GET", "/api/v1/requests?account="+a.AppID, "").body
	require.Contains(t, body, "SignatureDoesNotMatch")
	for _, of := range []string{b.AppID, `"secret-other"`, "albums", "diary", strings.TrimSuffix(b.SecretID, "x") + `"`} {
		require.NotContains(t, body, of)
	}
	// The control: the same mistake within one account is found.
	require.Equal(t, 201, r.call("POST", "/api/v1/credentials?account="+a.AppID, `{"secret_id":"AKIDsecond","secret_key":"second-secret"}`).status)
	other = a
	other.SecretKey = "second-secret"
	require.Equal(t, 403, r.as(other, "PUT", a.Buckets[0], "k", "x").status)
	require.Contains(t, r.call("GET", "/api/v1/requests?account="+a.AppID, "").body, "secret-other")
}

package control

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cosemu/cosemu/emulator/internal/fault"
)

type faults struct{ Faults []map[string]any }

// planned plans a fault and returns its id.
func (r *rig) planned(body string) string {
	r.t.Helper()
	var f map[string]any
	r.call("POST", "/api/v1/faults", body).want(r.t, 201, &f)
	return f["id"].(string)
}

func (r *rig) faults(query string) []map[string]any {
	r.t.Helper()
	var f faults
	r.call("GET", "/api/v1/faults"+query, "").want(r.t, 200, &f)
	return f.Faults
}

func TestFaults(t *testing.T) {
	r := start(t, Options{})
	var f map[string]any
	r.call("POST", "/api/v1/faults",
		`{"account":"1250000000","operation":"PutObject","key":"f/*","times":2,"fault":"answer","status":503,"code":"SlowDown"}`).want(t, 201, &f)
	require.NotEmpty(t, f["id"])
	id := f["id"].(string)
	delete(f, "id")
	delete(f, "created")
	require.Equal(t, map[string]any{
		"account": "1250000000", "operation": "PutObject", "key": "f/*", "skip": 0.0, "times": 2.0, "when": "after", "hits": 0.0, "unused": true,
		"fault": "answer", "status": 503.0, "code": "SlowDown",
	}, f)

	r.handler.shared.options.API = r.api
	url := r.presign(`{"bucket":"` + testBucket + `","key":"f/a"}`).URL
	require.Equal(t, 503, put(t, url).status)
	require.Len(t, r.faults("?unused=true"), 1, "one of two")
	require.Equal(t, 503, put(t, url).status)
	require.Equal(t, 200, put(t, url).status)
	require.Empty(t, r.faults("?unused=true"))
	list := r.faults("?account=1250000000")
	require.Len(t, list, 1, "it stays")
	require.Equal(t, []any{2.0, false}, []any{list[0]["hits"], list[0]["unused"]})
	r.call("GET", "/api/v1/faults/"+id, "").want(t, 200, &f)
	require.EqualValues(t, 2, f["hits"])

	found := r.requests("?diagnosis=fault-injected&limit=1", 200).Requests
	require.Len(t, found, 1)
	require.Equal(t, map[string]string{"id": id, "fault": "answer"}, found[0].Fault)
	require.Contains(t, r.call("GET", "/metrics", "").body, `cosemu_fault_hits_total{fault="answer"} 2`)
	require.Contains(t, r.call("GET", "/metrics", "").body, "cosemu_faults 1\n")

	require.Equal(t, 204, r.call("DELETE", "/api/v1/faults/"+id, "").status)
	r.call("DELETE", "/api/v1/faults/"+id, "").wantProblem(t, 404)
	r.call("GET", "/api/v1/faults/"+id, "").wantProblem(t, 404)
	r.planned(`{"fault":"corrupt"}`)
	require.Equal(t, 204, r.call("POST", "/api/v1/reset", "").status)
	require.Empty(t, r.faults(""))
	r.planned(`{"fault":"corrupt"}`)
	require.Equal(t, 204, r.call("DELETE", "/api/v1/faults", "").status)
	require.Empty(t, r.faults(""))
}

// TestFaultArguments: each fault with all of its arguments comes back as it was given.
func TestFaultArguments(t *testing.T) {
	r := start(t, Options{})
	for _, body := range []string{
		`{"fault":"answer","status":500,"code":"InternalError","message":"no","without_request_id":true}`,
		`{"fault":"close","after_bytes":7,"of":"request"}`,
		`{"fault":"close","after_bytes":0,"of":"response","when":"before"}`,
		`{"fault":"delay","for":"1m30s","bucket":"` + testBucket + `","method":"GET"}`,
		`{"fault":"stall","after_bytes":3,"of":"response","for":"200ms","skip":4}`,
		`{"fault":"throttle","bytes_per_second":1024,"times":0}`,
		`{"fault":"wrong-crc64"}`, `{"fault":"wrong-etag"}`, `{"fault":"corrupt"}`,
		`{"fault":"stale","for":"1h0m0s","operation":"GetBucket"}`,
	} {
		var given, f map[string]any
		require.NoError(t, json.Unmarshal([]byte(body), &given))
		r.call("POST", "/api/v1/faults", body).want(t, 201, &f)
		for name, value := range given {
			require.Equal(t, value, f[name], "%s: %s", body, name)
		}
		delete(f, "created")
		delete(f, "id")
		for name, value := range f {
			if given[name] == nil {
				require.Contains(t, map[string]any{"hits": 0.0, "unused": true, "skip": 0.0, "times": 1.0, "when": "after"}, name)
				require.Contains(t, []any{0.0, 1.0, true, "after"}, value)
			}
		}
	}
}

func TestFaultRefusals(t *testing.T) {
	r := start(t, Options{})
	for body, field := range map[string]string{
		`{}`:                                 "fault",
		`[]`:                                 "fault",
		`{"fault":"explode"}`:                "fault",
		`{"fault":"answer"}`:                 "code",
		`{"fault":"answer","code":""}`:       "code",
		`{"fault":"answer","code":"SlowUp"}`: "code",
		`{"fault":"answer","code":"InvalidObjectState/409"}`:                                 "code",
		`{"fault":"answer","code":"SlowDown","status":199}`:                                  "status",
		`{"fault":"answer","code":"SlowDown","status":204}`:                                  "status",
		`{"fault":"answer","code":"SlowDown","status":600}`:                                  "status",
		`{"fault":"answer","code":"SlowDown","status":"503"}`:                                "status",
		`{"fault":"answer","code":"SlowDown","status":1e99}`:                                 "status",
		`{"fault":"answer","code":"SlowDown","for":"1s"}`:                                    "for",
		`{"fault":"answer","code":"SlowDown","after_bytes":0}`:                               "after_bytes",
		`{"fault":"answer","code":"SlowDown","coda":"x"}`:                                    "coda",
		`{"fault":"answer","code":"SlowDown","message":"` + strings.Repeat("x", 1025) + `"}`: "message",
		`{"fault":"close"}`:                                              "of",
		`{"fault":"close","of":"both"}`:                                  "of",
		`{"fault":"close","of":"request","after_bytes":-1}`:              "after_bytes",
		`{"fault":"delay"}`:                                              "for",
		`{"fault":"delay","for":"soon"}`:                                 "for",
		`{"fault":"delay","for":"-1s"}`:                                  "for",
		`{"fault":"delay","for":"0s"}`:                                   "for",
		`{"fault":"delay","for":"11m"}`:                                  "for",
		`{"fault":"delay","for":2}`:                                      "for",
		`{"fault":"stall","of":"request"}`:                               "for",
		`{"fault":"stall","for":"1s"}`:                                   "of",
		`{"fault":"throttle"}`:                                           "bytes_per_second",
		`{"fault":"throttle","bytes_per_second":0}`:                      "bytes_per_second",
		`{"fault":"throttle","bytes_per_second":-5}`:                     "bytes_per_second",
		`{"fault":"corrupt","status":500}`:                               "status",
		`{"fault":"stale"}`:                                              "for",
		`{"fault":"stale","for":"25h"}`:                                  "for",
		`{"fault":"stale","for":"1s","operation":"GetObject"}`:           "operation",
		`{"fault":"stale","for":"1s","when":"before"}`:                   "when",
		`{"fault":"corrupt","operation":"PutObjekt"}`:                    "operation",
		`{"fault":"corrupt","operation":"AssumeRole"}`:                   "operation",
		`{"fault":"corrupt","method":"PATCH"}`:                           "method",
		`{"fault":"corrupt","bucket":"photos"}`:                          "bucket",
		`{"fault":"corrupt","bucket":"photos-7","account":"1250000000"}`: "bucket",
		`{"fault":"corrupt","key":"` + strings.Repeat("k", 852) + `"}`:   "key",
		`{"fault":"corrupt","skip":-1}`:                                  "skip",
		`{"fault":"corrupt","times":-1}`:                                 "times",
		`{"fault":"corrupt","times":9999999999}`:                         "times",
		`{"fault":"corrupt","times":1.5}`:                                "times",
		`{"fault":"corrupt","when":"later"}`:                             "when",
		`{"fault":"corrupt","account":"x"}`:                              "account",
	} {
		zh := r.call("POST", "/api/v1/faults", body, func(q *http.Request) { q.Header.Set("Accept-Language", "zh-CN,zh;q=0.9") })
		says := r.call("POST", "/api/v1/faults", body).wantProblem(t, 422)
		require.Contains(t, says, `"location":"body.`+field+`"`, body)
		require.NotContains(t, zh.wantProblem(t, 422), says, body)
		require.Empty(t, r.faults(""), body)
	}
	require.Contains(t, r.call("POST", "/api/v1/faults", `{"fault":"corrupt","operation":"PutObjekt"}`).body, "PutObject,", "it says what is known")
	require.Contains(t, r.call("POST", "/api/v1/faults", `{"fault":"answer","code":"SlowUp"}`).body, "SlowDown,")
	r.call("POST", "/api/v1/faults", `{"fault":`).wantProblem(t, 422)
	r.call("POST", "/api/v1/faults", `{"fault":"corrupt","account":"9"}`).wantProblem(t, 404)
	r.call("POST", "/api/v1/faults?account=9", `{"fault":"corrupt"}`).wantProblem(t, 404)
	require.Equal(t, 422, r.call("POST", "/api/v1/faults?account=1250000000", `{"fault":"corrupt","account":"7"}`).status)
	require.Equal(t, 404, r.call("GET", "/api/v1/faults?account=9", "").status)
	require.Equal(t, 404, r.call("DELETE", "/api/v1/faults?account=9", "").status)
	require.Equal(t, 422, r.call("GET", "/api/v1/faults?unsued=true", "").status)
	require.Empty(t, r.faults(""))
	r.planned(`{"fault":"corrupt"}`)
}

// TestFaultsAreBounded: one account cannot take the room of all.
func TestFaultsAreBounded(t *testing.T) {
	r := start(t, Options{})
	for range fault.MaxPerAccount {
		_, err := r.Faults().Add(fault.Spec{Account: "1250000000", Times: 1, When: fault.After, Word: fault.Corrupt, Key: "k"})
		require.NoError(t, err)
	}
	r.call("POST", "/api/v1/faults?account=1250000000", `{"fault":"corrupt"}`).wantProblem(t, 409)
	r.planned(`{"fault":"corrupt"}`)
	require.Equal(t, 204, r.call("DELETE", "/api/v1/faults?account=1250000000", "").status)
	require.Len(t, r.faults(""), 1)
	r.planned(`{"fault":"corrupt","account":"1250000000"}`)
}

// TestFaultsSideBySide: 40 accounts each plan faults, meet them, reset and are removed, and none sees
// anything of the others.
func TestFaultsSideBySide(t *testing.T) {
	r := start(t, Options{})
	r.handler.shared.options.API = r.api
	t.Run("all", func(t *testing.T) {
		for i := range 40 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				r.in(t).faultsOfOne()
			})
		}
	})
	require.Empty(t, r.faults(""))
}

func (r *rig) faultsOfOne() {
	t := r.t
	a := r.account(`{"buckets":["photos"]}`)
	account := "?account=" + a.AppID
	for round := range 3 {
		r.call("POST", "/api/v1/faults"+account, `{"operation":"PutObject","key":"f/*","times":2,"fault":"answer","code":"SlowDown"}`).want(t, 201, nil)
		r.call("POST", "/api/v1/faults"+account, `{"operation":"HeadObject","fault":"stale","for":"1h"}`).want(t, 201, nil)
		r.call("POST", "/api/v1/faults"+account, `{"operation":"GetObject","fault":"answer","status":500,"code":"InternalError","skip":1}`).want(t, 201, nil)
		url := r.signed(a, "PUT", "f/x")
		for _, status := range []int{503, 503, 200} {
			require.Equal(t, status, r.fetch("PUT", url, "x").status)
		}
		require.Equal(t, 404, r.fetch("HEAD", r.signed(a, "HEAD", "f/x"), "").status)
		get := r.signed(a, "GET", "f/x")
		for _, status := range []int{200, 500, 200} {
			require.Equal(t, status, r.fetch("GET", get, "").status)
		}
		require.Empty(t, r.faults(account+"&unused=true"))
		require.Len(t, r.faults(account), 3)
		if round < 2 {
			require.Equal(t, 204, r.call("POST", "/api/v1/reset"+account, "").status)
			require.Empty(t, r.faults(account))
		}
	}
	require.Equal(t, 204, r.call("DELETE", "/api/v1/accounts/"+a.AppID, "").status)
}

// TestFaultsOfAnAccount: a call for one account shows and changes nothing of another.
func TestFaultsOfAnAccount(t *testing.T) {
	r := start(t, Options{})
	a, b := r.account(`{}`), r.account(`{}`)
	id := r.planned(`{"fault":"corrupt","account":"` + b.AppID + `"}`)
	all := r.planned(`{"fault":"corrupt"}`)
	for _, method := range []string{"GET", "DELETE"} {
		for _, id := range []string{id, all} {
			r.call(method, "/api/v1/faults/"+id+"?account="+a.AppID, "").wantProblem(t, 404)
		}
	}
	require.Empty(t, r.faults("?account="+a.AppID))
	require.Equal(t, 204, r.call("DELETE", "/api/v1/faults?account="+a.AppID, "").status)
	require.Equal(t, 204, r.call("POST", "/api/v1/reset?account="+a.AppID, "").status)
	require.Equal(t, 204, r.call("DELETE", "/api/v1/accounts/"+a.AppID, "").status)
	require.Len(t, r.faults(""), 2)
	require.Equal(t, 204, r.call("POST", "/api/v1/reset?account="+b.AppID, "").status)
	require.Len(t, r.faults(""), 1)
}

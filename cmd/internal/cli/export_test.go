package cli

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func (s *served) exported(args ...string) outcome {
	return command(nil, append([]string{"report", "--console=" + s.ready.Console}, args...)...)
}

func TestReportCommand(t *testing.T) {
	s := serveHere(t, nil)
	status, body := send(t, "PUT", s.presign(nil, "--key=ok"), "hello")
	require.Equal(t, http.StatusOK, status, body)
	url := s.presign(nil, "--key=照 片/a.jpg", "--header=content-type: image/jpeg")
	id := s.refused(t, url, "Content-Type", "text/html")

	// JSON lines are the entries of the control API.
	o := s.exported("--json")
	require.Equal(t, exitOK, o.code, o.stderr)
	lines := strings.Split(strings.TrimSuffix(o.stdout, "\n"), "\n")
	require.Len(t, lines, 2)
	_, body = send(t, "GET", "http://"+s.ready.Console+"/api/v1/requests/"+id, "")
	require.JSONEq(t, body, lines[1])
	require.Equal(t, lines[1]+"\n", s.exported("--json", id).stdout)
	require.Equal(t, lines[1]+"\n", s.exported("--json", "--verdict=refused").stdout)

	// One request is a report to read.
	o = s.exported(id)
	require.Equal(t, exitOK, o.code, o.stderr)
	require.Contains(t, o.stdout, `Content-Type was signed as "image/jpeg", arrived as "text/html".`)
	require.Contains(t, o.stdout, `"cosemu_report": 1`)
	require.Equal(t, exitUsage, s.exported().code)

	o = s.exported("--junit")
	require.Equal(t, exitOK, o.code, o.stderr)
	var suites struct {
		Tests    int `xml:"tests,attr"`
		Failures int `xml:"failures,attr"`
		Suites   []struct {
			Cases []struct {
				Name    string `xml:"name,attr"`
				Class   string `xml:"classname,attr"`
				Failure *struct {
					Message string `xml:"message,attr"`
					Type    string `xml:"type,attr"`
					Text    string `xml:",chardata"`
				} `xml:"failure"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	require.NoError(t, xml.Unmarshal([]byte(o.stdout), &suites), o.stdout)
	require.Equal(t, []int{2, 1}, []int{suites.Tests, suites.Failures})
	cases := suites.Suites[0].Cases
	require.Nil(t, cases[0].Failure)
	require.Equal(t, "cosemu.PutObject", cases[1].Class)
	require.Equal(t, "SignatureDoesNotMatch", cases[1].Failure.Type)
	require.Equal(t, `Content-Type was signed as "image/jpeg", arrived as "text/html".`, cases[1].Failure.Message)
	require.Contains(t, cases[1].Failure.Text, "diagnosis: header-value\nRequestId: "+id)
	require.Contains(t, s.exported("--junit", "--lang=zh").stdout, "Content-Type 签名时是")

	// explain finds in the HAR what the server found.
	o = s.exported("--har")
	require.Equal(t, exitOK, o.code, o.stderr)
	require.True(t, json.Valid([]byte(o.stdout)), o.stdout)
	file := writeFile(t, "all.har", o.stdout)
	o = command([]string{"COSEMU_LISTEN=" + s.ready.Listen}, "explain", "--json", file)
	require.Equal(t, exitOK, o.code, o.stderr)
	var explained struct {
		Finding struct {
			Findings []struct {
				ID, Signed, Arrived string
				Proven              bool
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(o.stdout), &explained))
	f := explained.Finding.Findings[0]
	require.True(t, f.Proven)
	require.Equal(t, []string{"header-value", "image/jpeg", "text/html"}, []string{f.ID, f.Signed, f.Arrived})
}

func TestReportRefuses(t *testing.T) {
	s := serveHere(t, nil)
	for args, says := range map[string]string{
		"":                     "--json or --har or --junit",
		"--json --har":         "can't be used together",
		"--json nonsense":      "is no request id",
		"--har --diagnosis=x":  "--diagnosis: no such finding",
		"--junit --since=last": "--since: want a time",
	} {
		o := s.exported(strings.Fields(args)...)
		require.Equal(t, exitUsage, o.code, args)
		require.Contains(t, o.stderr, says, args)
		require.Empty(t, o.stdout)
	}
	o := s.exported("--json", "NjA0NGFjMmFfZTViOTJhMDlfMjA0NDlfNzU0MzM4NQ==")
	require.Equal(t, exitFailed, o.code)
	require.Contains(t, o.stderr, "no request with this id")
	s.signal(os.Interrupt)
	require.Equal(t, exitOK, s.end())
	require.Contains(t, s.exported("--json").stderr, "no cosemu answers at ")
}

// No secret and no token, in any format.
func TestReportShowsNoSecret(t *testing.T) {
	file := writeFile(t, "c.yaml", `
credentials:
  - {secret_id: AKIDmine, secret_key: hush-permanent}
  - {secret_id: AKIDtemporary, secret_key: hush-temporary, token: hush-token}
`)
	s := serveHere(t, nil, "--config="+file)
	url := s.presign(nil, "--config="+file, "--key=b", "--secret-id=AKIDtemporary")
	require.Contains(t, url, "hush-token", "or this test looks for nothing")
	s.refused(t, strings.Replace(url, "/b?", "/c?", 1), "Cookie", "hush-cookie", "x-cos-security-token", "hush-token", "X-Other", "hush-permanent")
	for _, format := range []string{"--json", "--har", "--junit"} {
		o := s.exported(format)
		require.Equal(t, exitOK, o.code, o.stderr)
		require.Contains(t, o.stdout, "/test-1250000000/c")
		require.NotContains(t, o.stdout+o.stderr, "hush", format)
	}
}

package cors

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzParse: any document gets a verdict; an accepted one is written and read
// back the same, and answers preflights without a line break in a header.
func FuzzParse(f *testing.F) {
	f.Add("", "", "", "")
	f.Add(string(Permissive().AppendXML(nil)), "https://a.com", "PUT", "x-a,x-b")
	f.Add("<CORSConfiguration><CORSRule><ID>&quot;</ID><AllowedOrigin>http://*.a</AllowedOrigin><AllowedMethod>GET</AllowedMethod>"+
		"<AllowedHeader>a</AllowedHeader><ExposeHeader>é</ExposeHeader><MaxAgeSeconds>007</MaxAgeSeconds></CORSRule>"+
		"<ResponseVary>true</ResponseVary></CORSConfiguration>", "http://b.a", "GET", "A")
	f.Fuzz(func(t *testing.T, doc, origin, method, headers string) {
		r, err := Parse([]byte(doc))
		if err != nil {
			require.Nil(t, r)
			require.Equal(t, 400, err.Status)
			return
		}
		require.LessOrEqual(t, len(doc), MaxXML)
		require.Nil(t, r.Validate())
		written := r.AppendXML(nil)
		again, err := parse(written)
		require.Nil(t, err)
		require.Equal(t, r, again)
		require.Equal(t, string(written), string(again.AppendXML(nil)))

		list, refused := r.Preflight(origin, method, headers)
		require.Equal(t, refused != nil, len(list) == 0)
		if refused != nil {
			require.NotEmpty(t, refused.Error())
			return
		}
		for _, h := range list {
			if h.Value != headers && h.Value != origin { // those are the request's own
				require.NotContains(t, h.Value, "\n")
			}
		}
		actual, miss := r.Actual(origin, method)
		require.Nil(t, miss)
		require.NotEmpty(t, actual)
	})
}

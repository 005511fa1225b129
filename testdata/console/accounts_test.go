package console

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// A made is an account that the control API made.
type made struct {
	AppID   string   `json:"appid"`
	Buckets []string `json:"buckets"`
	Console string   `json:"console"`
}

// control sends a call to the control API and returns its answer.
func (r *rig) control(method, path, body string) answer {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, "http://"+r.console+"/api/v1"+path, strings.NewReader(body))
	require.NoError(r.t, err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	return r.do(req)
}

func (r *rig) makeAccount(body string) made {
	r.t.Helper()
	a := r.control("POST", "/accounts", body)
	require.Equal(r.t, http.StatusCreated, a.status, a.body)
	var m made
	require.NoError(r.t, json.Unmarshal([]byte(a.body), &m))
	return m
}

// signIn makes a pre-signed URL for a bucket of any account.
func (r *rig) signIn(bucket, method, key string) string {
	r.t.Helper()
	a := r.control("POST", "/presign", `{"method":"`+method+`","bucket":"`+bucket+`","key":"`+key+`"}`)
	require.Equal(r.t, http.StatusOK, a.status, a.body)
	var out struct{ URL string }
	require.NoError(r.t, json.Unmarshal([]byte(a.body), &out))
	return out.URL
}

// accounts: the switch shows what is one account's, its link opens it, and a call of the page
// changes nothing of another account. An account that is gone is said to be so.
func accounts(t *testing.T, browser chromium) {
	r := start(t)
	r.kept(r.send("PUT", r.sign("PUT", "of-the-server")))
	p := r.open(browser, "/")
	shows := func(p *page, keys string) {
		t.Helper()
		p.until(`[...document.querySelectorAll('a.row .c-key')].map((e) => e.innerText).join(' ') === ` + quote(keys))
	}
	shows(p, "of-the-server")
	require.False(t, eval[bool](p, `Boolean(document.querySelector('#account'))`), "nothing to choose from")

	one := r.makeAccount(`{"name":"checkout","buckets":["photos"],"clock":"2027-01-02T03:04:05Z"}`)
	two := r.makeAccount(`{"buckets":["films"]}`)
	r.kept(r.send("PUT", r.signIn(one.Buckets[0], "PUT", "of-one")))
	r.kept(r.send("PUT", r.signIn(two.Buckets[0], "PUT", "of-two")))
	shows(p, "of-two of-one of-the-server")
	p.until(has("#account"))
	require.Equal(t, "All accounts", eval[string](p, `document.querySelector('#account').selectedOptions[0].text`))
	require.Contains(t, p.text("#account"), "checkout · "+one.AppID)

	p.choose("#account", one.AppID)
	shows(p, "of-one")
	p.until(`document.querySelector('#clock-time').innerText === '03:04:05'`)
	require.Equal(t, "?account="+one.AppID, eval[string](p, `location.search`))
	require.Contains(t, eval[string](p, `document.title`), one.AppID)
	r.kept(r.send("PUT", r.signIn(two.Buckets[0], "PUT", "of-two-again")))
	r.kept(r.send("PUT", r.signIn(one.Buckets[0], "PUT", "of-one-again")))
	shows(p, "of-one-again of-one")

	// Each view is of the account, and what it changes is the account's.
	p.click(`.views a[href="#/objects"]`)
	p.until(has(".folder a[download]"))
	require.Equal(t, one.Buckets, eval[[]string](p, `[...document.querySelectorAll('.buckets .name')].map((e) => e.innerText)`))
	require.Equal(t, "hello", eval[string](p, `fetch(document.querySelector('.folder a[download]').href).then((r) => r.text())`))
	for view, list := range map[string]string{"keys": "#key-bucket", "sign": "#sign-bucket"} {
		p.click(`.views a[href="#/` + view + `"]`)
		p.until(has(list))
		require.Equal(t, one.Buckets[0], p.text(list))
	}
	p.click(`[data-by="15m"]`)
	p.until(`document.querySelector('#clock-time').innerText === '03:19:05'`)
	require.True(t, r.Clock().Now().Equal(startTime()), "the server's clock stays")
	p.click(`.views a[href="#/requests"]`)
	p.click("#clear")
	p.click("#yes")
	p.until(has(".empty"))
	require.Len(t, r.Journal().Select(journalOf(two.AppID)), 2, "another account's requests stay")

	// The way back, and the link.
	p.choose("#account", "")
	shows(p, "of-two-again of-two of-the-server")
	p.run(`history.back()`)
	p.until(`document.querySelector('#account').value === ` + quote(one.AppID) + ` && location.search.endsWith(` + quote(one.AppID) + `)`)
	p.until(has(".empty"))
	linked := r.open(browser, "/?account="+two.AppID)
	shows(linked, "of-two-again of-two")
	require.Equal(t, two.AppID, eval[string](linked, `document.querySelector('#account').value`))
	linked.choose("#account", "")
	shows(linked, "of-two-again of-two of-the-server")
	require.Empty(t, eval[string](linked, `location.search`))

	// Somebody removes it.
	linked.choose("#account", two.AppID)
	shows(linked, "of-two-again of-two")
	linked.mayMiss("account=" + two.AppID)
	require.Equal(t, http.StatusNoContent, r.control("DELETE", "/accounts/"+two.AppID, "").status)
	linked.until(`document.querySelector('#toast').innerText.includes(` + quote("Account "+two.AppID+" is gone") + `)`)
	linked.until(`location.search === '' && document.querySelector('#account').value === ''`)
	shows(linked, "of-the-server")
}

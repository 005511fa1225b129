package cli

import (
	"net/url"
	"strconv"
)

// filterFlags select requests of a running server's journal, as the parameters
// of the same names do in the control API.
type filterFlags struct {
	Account   string `help:"Requests of this account (APPID)." placeholder:"APPID" group:"requests" zh:"这个账号（APPID）的请求。"`
	Bucket    string `help:"Requests of this bucket." placeholder:"BUCKET" group:"requests" zh:"这个存储桶的请求。"`
	Key       string `help:"Requests of this object key; with a * at the end, of all keys with this prefix." placeholder:"KEY" group:"requests" zh:"这个对象键的请求；以 * 结尾时按前缀匹配。"`
	Method    string `help:"Requests with this method." placeholder:"METHOD" group:"requests" zh:"使用这个方法的请求。"`
	Operation string `help:"Requests of this operation, as in policies: PutObject." placeholder:"NAME" group:"requests" zh:"这个操作的请求，名称与策略中的相同：PutObject。"`
	Status    int    `help:"Requests that were answered with this status." placeholder:"STATUS" group:"requests" zh:"返回这个状态码的请求。"`
	Code      string `help:"Requests that were refused with this error code." placeholder:"CODE" group:"requests" zh:"以这个错误码拒绝的请求。"`
	Verdict   string `help:"Requests with this verdict: accepted, refused or reported." placeholder:"VERDICT" group:"requests" zh:"这种判定结果的请求：accepted、refused 或 reported。"`
	Diagnosis string `help:"Requests with this finding, by the id that cosemu why shows: expired." placeholder:"ID" group:"requests" zh:"有这种原因的请求，用 cosemu why 显示的 id：expired。"`
	Since     string `help:"Requests that arrived at this time or later (RFC 3339, by the server's clock), or that were answered after the one with this request id." placeholder:"TIME|REQUEST-ID" group:"requests" zh:"这个时刻及以后到达的请求（RFC 3339，以服务器的时钟为准），或这个 RequestId 之后的请求。"`
}

// query is the filter as parameters of the control API, which checks them.
func (f *filterFlags) query() (url.Values, error) {
	q := url.Values{}
	for name, value := range map[string]string{
		"account": f.Account, "bucket": f.Bucket, "key": f.Key, "method": f.Method, "operation": f.Operation, "code": f.Code,
		"verdict": f.Verdict, "diagnosis": f.Diagnosis, "since": f.Since,
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if f.Status != 0 {
		q.Set("status", strconv.Itoa(f.Status))
	}
	if f.Since != "" && f.Since[0] != '1' && f.Since[0] != '2' { // no year: an id, as users copy it
		id, err := readRequestID(f.Since)
		if err != nil || id == lastRefused {
			return nil, misused("--since: want a time such as 2026-11-24T08:00:00Z, or a request id",
				"--since：需要形如 2026-11-24T08:00:00Z 的时间，或 RequestId")
		}
		q.Set("since", id)
	}
	return q, nil
}

package sts

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The examples of the documents (STS docs: 签名方法 v1, 签名方法 v3).
const (
	goldenSecret = "Gu5t9xGARNpq86cd98joQYCN3EXAMPLE"
	goldenQuery  = "Action=DescribeInstances&InstanceIds.0=ins-09dx96dg&Limit=20&Nonce=11886&Offset=0&Region=ap-guangzhou" +
		"&SecretId=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE&Timestamp=1465185768&Version=2017-03-12"
	goldenBody = `{"Limit": 1, "Filters": [{"Values": ["\u672a\u547d\u540d"], "Name": "instance-name"}]}`
	goldenTC3  = "TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE/2019-02-25/cvm/tc3_request, " +
		"SignedHeaders=content-type;host, Signature=72e494ea809ad7a8c8f7a4507b9bddcbaa8e581f516e8da2f66e2c5a96525168"
)

func TestGoldenV1(t *testing.T) {
	read := func(query string) *Request {
		r := httptest.NewRequest(http.MethodGet, "http://cvm.tencentcloudapi.com/?"+query, http.NoBody)
		q, err := Read(r)
		require.Nil(t, err)
		return q
	}
	q := read(goldenQuery + "&Signature=EliP9YW3pW28FpsEdkXt%2F%2BWcGeI%3D")
	require.Equal(t, SchemeV1, q.Scheme)
	require.Equal(t, "AKIDz8krbsJ5yKBZQpn74WFkmLPx3EXAMPLE", q.SecretID)
	require.True(t, q.SignedWith(goldenSecret))
	require.False(t, q.SignedWith(goldenSecret+" "))
	require.False(t, read(strings.Replace(goldenQuery, "Limit=20", "Limit=21", 1)+"&Signature=EliP9YW3pW28FpsEdkXt%2F%2BWcGeI%3D").SignedWith(goldenSecret))
	require.False(t, read(goldenQuery+"&Signature=EliP9YW3pW28FpsEdkXt+%2BWcGeI%3D").SignedWith(goldenSecret), "a raw plus is a blank")
	require.False(t, read(goldenQuery).SignedWith(goldenSecret))
}

func TestGoldenTC3(t *testing.T) {
	read := func(body string) *Request {
		r := httptest.NewRequest(http.MethodPost, "http://cvm.tencentcloudapi.com/", strings.NewReader(body))
		for name, value := range map[string]string{
			"Authorization": goldenTC3, "Content-Type": "application/json; charset=utf-8",
			"X-TC-Action": "DescribeInstances", "X-TC-Version": "2017-03-12", "X-TC-Timestamp": "1551113065", "X-TC-Region": "ap-guangzhou",
		} {
			r.Header.Set(name, value)
		}
		q, err := Read(r)
		require.Nil(t, err)
		return q
	}
	q := read(goldenBody)
	require.Equal(t, SchemeTC3, q.Scheme)
	require.Equal(t, "35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064", hexSum(q.body))
	require.Equal(t, "2019-02-25", q.utcDate())
	require.True(t, q.signsRequired())
	require.True(t, q.matchesTC3(goldenSecret))
	require.False(t, q.SignedWith(goldenSecret), "signed for another service than sts")
	require.False(t, q.matchesTC3(goldenSecret[1:]))
	require.False(t, read(goldenBody+" ").matchesTC3(goldenSecret))
	require.Equal(t, map[string]string{"Limit": "1", "Filters.0.Values.0": "未命名", "Filters.0.Name": "instance-name"}, q.Params)
}

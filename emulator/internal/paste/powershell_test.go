package paste_test

import "testing"

func TestPowerShell(t *testing.T) {
	checkVariants(t, "powershell", map[string]variant{
		"as Chrome copies it": {"$session = New-Object Microsoft.PowerShell.Commands.WebRequestSession\n$session.UserAgent = \"Mozilla/5.0\"\nInvoke-WebRequest -UseBasicParsing -Uri \"" + signedURL + "\" `\n-Method \"PUT\" `\n-WebSession $session `\n-Headers @{\n\"Accept\"=\"*/*\"\n  \"sec-ch-ua\"=\"`\"Chromium`\";v=`\"128`\"\"\n  \"Origin\"=\"https://app.example.com\"\n} `\n-ContentType \"image/jpeg\" `\n-Body ([System.Text.Encoding]::UTF8.GetBytes(\"abc\"))", "PUT U Content-Type=image/jpeg Origin=https://app.example.com"},
		"as people write it":  {"PS C:\\Users\\me> Invoke-RestMethod -Method Put -InFile .\\a.jpg -Headers @{'Content-Type'='image/jpeg'; 'x-cos-acl'='private'} -Uri '" + signedURL + "'", "PUT U Content-Type=image/jpeg X-Cos-Acl=private"},
		"short, by variables": {"$url = \"" + signedURL + "\"\n$h = @{ \"Content-Type\" = \"image/jpeg\" }\niwr $url -Method PUT -Headers $h -InFile a.jpg", "PUT U Content-Type=image/jpeg"},
		"in an assignment":    {"$r = Invoke-WebRequest '" + signedURL + "' -Method 'PUT' -ContentType 'image/png'; $r.StatusCode", "PUT U Content-Type=image/png"},
	})
}

try{const t=localStorage.getItem("upfront-theme");if(t)document.documentElement.dataset.theme=t}catch{}
